from insights.models.profile import FailingSource, Pass, Profile
from insights.models.segment import Membership, Segment, SegmentChange

__all__ = ["FailingSource", "Membership", "Pass", "Profile", "Segment", "SegmentChange"]

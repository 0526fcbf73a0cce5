from insights.models.profile import Profile
from insights.models.segment import Membership, Segment, SegmentChange

__all__ = ["Membership", "Profile", "Segment", "SegmentChange"]

from insights.models.profile import FailingSource, Pass, Profile
from insights.models.segment import ListedCustomer, Membership, Segment, SegmentChange

__all__ = ["FailingSource", "ListedCustomer", "Membership", "Pass", "Profile", "Segment", "SegmentChange"]

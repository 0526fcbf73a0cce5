from insights.models.profile import FailingSource, Pass, Profile
from insights.models.segment import Enlistment, ListedCustomer, Membership, Segment, SegmentChange

__all__ = ["FailingSource", "ListedCustomer", "Enlistment", "Membership", "Pass", "Profile", "Segment", "SegmentChange"]

from staff.models.organisation import BusinessLine, Division, Organisation, Place
from staff.models.user import Invitation, Team, User

__all__ = ["BusinessLine", "Division", "Invitation", "Organisation", "Place", "Team", "User"]

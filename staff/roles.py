from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Role(TextChoices):
    """What somebody does here. What each may do is staff/access.py."""

    SALES = "sales", _("Sales")
    AGENT = "agent", _("Agent")
    MARKETING = "marketing", _("Marketing")
    MANAGER = "manager", _("Manager")
    ADMINISTRATOR = "administrator", _("Administrator")

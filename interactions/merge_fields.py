"""The merge fields that every wording may use: what is known of the customer themselves."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from interactions.templating import field

field("first_name", _("First name"), sql="c.first_name")
field("last_name", _("Last name"), sql="c.last_name")
field("name", pgettext_lazy("whole", "Name"), sql="c.name")
field("city", _("Town"), sql="c.city")
field(
    "account",
    _("Company or household"),
    sql="SELECT a.name FROM customers_customer a WHERE a.id = c.account_id AND a.id <> c.id",
)
field("keeper", _("Their keeper's name"), sql="SELECT u.name FROM staff_user u WHERE u.id = c.keeper_id")

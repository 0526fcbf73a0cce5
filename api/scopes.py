"""What a key may be allowed to do: noun and verb. A view names the scope of each of its methods."""

from django.utils.translation import gettext_lazy as _

SCOPES = {
    "customers:read": _("Read customers and find them"),
    "customers:write": _("Register and change customers"),
    "figures:read": _("Read figures about customers, of their purchases too"),
    "recognise:read": _("Ask who an address is, with the thread card"),
    "interactions:read": _("Read what was said"),
    "interactions:write": _("Log calls, notes, meetings and messages"),
    "promises:read": _("Read promises"),
    "promises:write": _("Make, keep and move promises"),
    "purchases:read": _("Read purchases"),
    "purchases:write": _("Record purchases"),
    "rates:read": _("Read exchange rates"),
    "rates:write": _("Set exchange rates"),
    "segments:read": _("Read segments and who is in them"),
    "segments:write": _("Make lists of customers, put customers on them and take them off"),
}

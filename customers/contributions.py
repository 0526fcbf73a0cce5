"""What this room brings to the shell, the palette, the customers list and the customer page."""

from collections.abc import Sequence

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from markupsafe import Markup

from crm import demo, marks, panels, shell
from crm.jinja2 import mark
from customers import allowing, channels, filling, listing, searching, story
from customers.models import Customer, CustomField, Purpose
from customers.views import consents, side
from staff import sections

FOUND_IN_PALETTE = 8  # rows; more are not read

for each in channels.every():
    marks.mark(each.key, each.label, each.icon)
marks.mark("consent", _("Consent"), "shield-check")

shell.place(
    "customers",
    label=_("Customers"),
    icon="users",
    url_name="customers:list",
    right="customers.view",
    order=30,
    key="U",
    on_phone=True,
)
shell.place(
    "imports",
    label=_("Imports"),
    icon="upload",
    url_name="customers:imports",
    right="customers.import",
    group="Data",
    order=200,
)
shell.command(
    "new-customer",
    label=_("New customer"),
    icon="user-plus",
    url_name="customers:new",
    right="customers.change",
    order=10,
    is_new=True,
    takes="with",
)

shell.command(
    "import", label=_("Import a file"), icon="upload", url_name="customers:import", right="customers.import", order=60
)
sections.section(
    "fields",
    label=_("Custom fields"),
    icon="text-cursor-input",
    url_name="customers:fields",
    right="customers.fields",
    group="organisation",
    order=40,
    count=lambda request: CustomField.objects.filter(is_retired=False).count(),
)


@shell.finder
def find(request, text: str) -> list[shell.PaletteRow]:
    if not request.user.may("customers.view"):
        return []
    return [_row_of(hit) for hit in searching.find(text, request.user, FOUND_IN_PALETTE)]


@listing.column("keeper", _("Keeper"), 20)
def keeper(customers: Sequence[Customer]) -> dict[int, str]:
    nobody = Markup('<span class="none">{}</span>').format(gettext("nobody"))
    return {one.pk: one.keeper.name if one.keeper else nobody for one in customers}


@listing.column("town", _("Town"), 50)
def town(customers: Sequence[Customer]) -> dict[int, str]:
    return {one.pk: one.city for one in customers}


@listing.column("allows", _("Allows"), 60)
def allows(customers: Sequence[Customer]) -> dict[int, Markup]:
    """Draw the channels on which offers are allowed to one address at least."""
    found = allowing.allowed_on(customers, Purpose.OFFERS)
    nothing = Markup('<span class="meta">{}</span>').format(gettext("nothing"))
    return {one.pk: _drawn(found[one.pk]) if one.pk in found else nothing for one in customers}


def _drawn(keys: set[str]) -> Markup:
    """Draw channels in the order of the list, behind them those that are not in it any more."""
    listed = [one.key for one in channels.every() if one.key in keys]
    drawn = map(mark, [*listed, *sorted(keys - set(listed))])
    return Markup('<span class="chs">{}</span>').format(Markup("").join(drawn))


panels.panel("customer.side", "account", order=35)(side.account)
panels.panel("customer.side", "consents", order=40)(consents.panel)
panels.panel("customer.side", "contact points", order=50)(side.contact_points)
panels.panel("customer.side", "custom fields", order=60)(side.custom_fields)


def _row_of(hit: searching.Hit) -> shell.PaletteRow:
    return shell.PaletteRow(label=hit.name, url=f"/customers/{hit.customer_id}/", meta=hit.meta, mark=hit.mark)


demo.step(20, "customers")(story.tell)
demo.step(20, "customers", big=True)(filling.fill)

"""What this room brings to the customer page and its timeline."""

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from crm import demo, formats, health, marks, panels
from interactions import timeline
from sales import bookkeeping, filling, purchase_files, showing, story
from staff import sections

marks.mark("purchase", _("Purchase"), "shopping-bag")
panels.panel("customer.side", "purchases", order=30)(showing.panel)
timeline.source("purchases", label=_("Purchases"), icon="shopping-bag", order=50, rows=showing.lines)(showing.timeline)

sections.section(
    "money", label=_("Money"), icon="coins", url_name="sales:money", right="sales.rates", group="organisation", order=30
)


@health.check("exchange rates", label=_("Exchange rates"))
def rates() -> health.Finding:
    """Whether all that was bought is in a sum."""
    ours = bookkeeping.currency()
    without = [code for code in bookkeeping.bought_in(without_rate=True) if code != ours]
    if not without:
        return health.Finding(health.WELL, gettext("All figures are in %(currency)s.") % {"currency": ours})
    words = gettext("Some purchases in %(currencies)s have no rate: they are in no sum.")
    advice = gettext("Give it in Settings, Money.")
    return health.Finding(health.SOON, words % {"currencies": formats.joined(without)}, advice)


__all__ = ["purchase_files"]  # registers its kind of import file

demo.step(30, "purchases")(story.tell)
demo.step(40, "purchases", big=True)(filling.fill)

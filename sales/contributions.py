"""What this room brings to the customer page and its timeline."""

from django.utils.translation import gettext_lazy as _

from crm import demo, marks, panels
from interactions import timeline
from sales import filling, purchase_files, showing, story
from staff import sections

marks.mark("purchase", _("Purchase"), "shopping-bag")
panels.panel("customer.side", "purchases", order=30)(showing.panel)
timeline.source("purchases", label=_("Purchases"), icon="shopping-bag", order=50, rows=showing.lines)(showing.timeline)

sections.section(
    "money", label=_("Money"), icon="coins", url_name="sales:money", right="sales.rates", group="organisation", order=30
)

__all__ = ["purchase_files"]  # registers its kind of import file

demo.step(30, "purchases")(story.tell)
demo.step(40, "purchases", big=True)(filling.fill)

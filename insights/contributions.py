from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.translation import gettext_lazy as _

from crm import demo, panels, shell
from customers.models import Customer
from insights import segments, story

shell.place(
    "segments",
    label=_("Segments"),
    icon="layers",
    url_name="insights:segments",
    right="insights.view",
    group="Market",
    order=50,
    key="S",
)
shell.command(
    "new-segment",
    label=_("New segment"),
    icon="layers",
    url_name="insights:new_segment",
    right="insights.segments",
    order=50,
    is_new=True,
)


@panels.panel("customer.side", "segments", order=90)
def segments_of_customer(request: HttpRequest, customer: Customer) -> str:
    rows = list(segments.of_customer(customer)[:20])
    return render_to_string("insights/_segments_of_customer.html", {"segments": rows}, request) if rows else ""


demo.step(50, "segments")(story.tell)
demo.step(70, "profiles")(story.tell_again)
demo.step(50, "profiles", big=True)(story.tell_again)

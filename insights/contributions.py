from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from crm import demo, health, panels, shell
from crm.health import SOON, WELL, Finding
from customers.models import Customer
from insights import segments, story
from insights.fields import every

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


@health.check("segment rules")
def asked() -> Finding:
    """Whether each can be asked: who is in one that cannot stays in it."""
    known = every()
    for segment in segments.active():
        if trouble := segments.trouble(segment, known):
            words = gettext("“%(name)s”: %(why)s") % {"name": segment.name, "why": trouble}
            return Finding(SOON, words, gettext("Open the segment to mend its rules."))
    return Finding(WELL, gettext("Each can be asked."))


demo.step(50, "segments")(story.tell)
demo.step(70, "profiles")(story.tell_again)
demo.step(50, "profiles", big=True)(story.tell_again)

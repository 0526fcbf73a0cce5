from typing import Any

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from crm import demo, formats, health, panels, shell
from crm.health import SOON, WELL, Finding
from customers.models import Customer, ImportFile
from insights import listing, segments, sources, story
from insights.fields import every
from insights.models import FailingSource

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
    if not request.user.is_authenticated or not request.user.may("insights.view"):
        return ""
    rows = list(segments.of_customer(customer)[:20])
    if not rows and not segments.active().exists():
        return ""
    context = {"segments": rows, "customer": customer}
    return render_to_string("insights/_segments_of_customer.html", context, request)


@panels.panel("customer.side", "figures", order=35)
def figures_of_customer(request: HttpRequest, customer: Customer) -> str:
    """What segments ask about them: a part that loads itself, the page has enough to ask."""
    if not request.user.is_authenticated or not request.user.may("insights.view"):
        return ""
    return render_to_string("insights/_figures_of_customer.html", {"customer": customer}, request)


@panels.panel("customers.chosen", "lists")
def put_on_a_list(request: HttpRequest, shown: Any) -> str:
    """With the customers who are chosen in the list, or all whom its filters leave."""
    if not request.user.may(listing.RIGHT):
        return ""
    count, is_exact = shown.count
    how_many = formats.number(count) if is_exact else formats.about(count)
    words = gettext("All that match: %(n)s") % {"n": how_many} if shown.has_more else ""
    context = {"filters": shown.filters.values, "all_words": words}
    return render_to_string("insights/_chosen.html", context, request)


@panels.panel("import.finished", "list")
def list_of_import(request: HttpRequest, file: ImportFile) -> str:
    """A list of those whom a file made or found; files that came before anybody kept whom offer none."""
    if not request.user.may(listing.RIGHT) or not file.imported.exists():
        return ""
    name = file.name.rpartition(".")[0] or file.name
    return render_to_string("insights/_list_of_import.html", {"file": file, "name": name[:120]}, request)


@health.check("figures", label=_("Figures"))
def worked_out() -> Finding:
    """Whether each source of figures can be read: what comes from one that cannot keeps its values."""
    known = sources.every()
    for one in FailingSource.objects.order_by("since"):
        if one.name in known:
            said = {"what": known[one.name].label, "since": formats.moment(one.since), "why": one.why}
            words = gettext("Figures about %(what)s are as they were %(since)s: %(why)s") % said
            return Finding(SOON, words, gettext("They are tried again each minute. If it stays, look into the log."))
    return Finding(WELL, gettext("Each source is read."))


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

"""The call console: who rings, where we left off with them, what came of it.

The bar polls each second with the version that it shows; what stands below comes along only when it is about
another call or another person, so nothing that is being typed is ever replaced.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from django.contrib import messages
from django.db.models import Case, Q, When
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template import engines
from django.urls import reverse
from django.utils.html import escape
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from crm import days
from crm.http import came_from, id_in, is_fragment, toast, unchanged
from crm.problems import Invalid
from customers import intake, searching
from customers.choices import language_name, languages
from customers.cleaning import Person
from customers.models import Customer
from interactions import attending, finishing, outcomes, recognising, ringing, thread, waiting
from interactions.forms import FinishForm, call_back_times
from interactions.models import Call, Conversation, Task
from staff.access import allowed
from staff.models import User

QUEUED = 8  # rows of "waiting for me"
ALSO_RINGING = 3  # calls beside the one in hand
UNKNOWN_OUTCOMES = ("answered", "complaint", "call_back", "do_not_call", "wrong_number")


@dataclass
class Desk:
    """What this agent's console is about now, and what rings besides."""

    call: Call | None
    others: Sequence[Call] = ()  # ringing, longest first

    @property
    def version(self) -> str:
        if self.call is None:
            return "0"
        return ".".join(str(part) for part in (self.call.pk, self.call.version, *(one.pk for one in self.others)))

    @property
    def may_take_another(self) -> bool:
        """Not while somebody is on the line: no telephone system has told us that it can hold them."""
        return self.call is not None and self.call.status != Call.Status.LIVE

    @property
    def body_key(self) -> str:
        """Grows with what is drawn below the bar: another call, another person, taken or not."""
        if self.call is None:
            return "0"
        about = (self.call.pk, self.call.customer_id or 0, int(self.is_taken), int(self.call.is_somebody_else))
        return ".".join(str(part) for part in about)

    @property
    def is_taken(self) -> bool:
        return self.call is not None and self.call.status != Call.Status.RINGING


def _desk(request: HttpRequest) -> Desk:
    """Return the call that this agent has in hand (on the line before to be finished), else the longest ringing;
    and up to three others that ring."""
    rows = Call.objects.select_related("customer__account", "taken_by")
    either = rows.in_hand_of(request.user) | rows.ringing_at(request.user)
    rings = Case(When(status=Call.Status.RINGING, then=1), default=0)
    first, *others = list(either.order_by(rings, "-status", "rang_at")[: ALSO_RINGING + 1]) or [None]
    return Desk(first, [one for one in others if one and one.status == Call.Status.RINGING])


@require_safe
@allowed("interactions.console")
def page(request: HttpRequest) -> HttpResponse:
    return render(request, "interactions/console.html", _context(request, _desk(request)))


@require_safe
@allowed("interactions.console")
def part(request: HttpRequest) -> HttpResponse:
    """Answer the poll: 204 while the version is the same, else the bar and perhaps what stands below it."""
    desk = _desk(request)
    if request.GET.get("version") == desk.version:
        return unchanged()
    return _answer(request, desk, shown=request.GET.get("body", ""))


def _answer(request: HttpRequest, desk: Desk, *, shown: str = "") -> HttpResponse:
    if not is_fragment(request):
        return redirect("interactions:console")
    if request.method == "POST":  # what was just done may have changed it
        request.user.refresh_from_db(fields=["state"])
    if shown == desk.body_key:
        context = {"desk": desk, "call": desk.call, "agent_state": _state_menu(request.user, oob=True)}
        return render(request, "interactions/_console_bar.html", context)
    return render(request, "interactions/_console_part.html", _context(request, desk, with_queue=desk.call is None))


def _context(request: HttpRequest, desk: Desk, *, with_queue: bool = True) -> dict:
    context = {"desk": desk, "call": desk.call, "kind": "nobody", "with_queue": with_queue}
    context["agent_state"] = _state_menu(request.user, oob=True)
    if desk.call:
        context |= _about(request, desk)
    if with_queue:
        context |= _queue(request.user)
    return context


def _about(request: HttpRequest, desk: Desk) -> dict:
    """Return who it is (or may be), with the thread cards: two or three queries."""
    call, user = desk.call, request.user
    shown = {"outcomes": _outcomes(known=True), "language_name": language_name}
    if desk.is_taken:
        owners = User.objects.who_may(Task.RIGHT)
        shown |= {"colleagues": list(owners.values_list("pk", "name")), "times": call_back_times()}
        shown["callback_at"] = finishing.CALLBACK_AT
    if call.customer:
        return shown | {"kind": "known", "card": thread.card(call.customer, user)}
    who = recognising.recognise(call.number, "phone", user=user) if call.number and not call.is_somebody_else else None
    if who and who.matches:
        return shown | {"kind": "ambiguous", "matches": who.matches}
    wrote = waiting.from_nobody(call.number, user) if call.number else None
    unknown = {"kind": "unknown", "outcomes": _outcomes(known=False), "languages": languages(), "wrote": wrote}
    return shown | unknown


def _outcomes(*, known: bool) -> list[outcomes.Outcome]:
    """Those that fit are drawn; their digits never move."""
    return [one for one in outcomes.OUTCOMES if known or one.key in UNKNOWN_OUTCOMES]


def _queue(user) -> dict:
    rows = waiting.with_sender(waiting.unanswered(Conversation.objects.filter(owner=user))).select_related("customer")
    calls = Task.objects.open().filter(owner=user, kind=Task.Kind.CALLBACK).select_related("customer")
    return {
        "waiting": list(rows.order_by("waiting_since", "id")[:QUEUED]),
        "callbacks": list(calls.order_by("due_at", "id")[:QUEUED]),
    }


def _mine(request: HttpRequest, call_id: int) -> Call:
    """Return a call that this agent has in hand, or that rings at them; else 404."""
    rows = Call.objects.select_related("customer", "taken_by", "conversation")
    mine = rows.in_hand_of(request.user) | rows.ringing_at(request.user)
    return get_object_or_404(mine, pk=call_id)


@require_POST
@allowed("interactions.console")
def dial(request: HttpRequest) -> HttpResponse:
    """A number was typed: the same as if it rang and was taken."""
    direction = "out" if request.POST.get("direction") == "out" else "in"
    ringing.dial(request.POST.get("number", ""), by=request.user, direction=direction)
    return _answer(request, _desk(request))


@require_POST
@allowed("interactions.console")
def taking(request: HttpRequest, call_id: int) -> HttpResponse:
    """The first takes it; the others are told who did."""
    mine = Call.objects.filter(Q(agent=None) | Q(agent=request.user))
    ringing.take(get_object_or_404(mine, pk=call_id), by=request.user)
    return _answer(request, _desk(request))


@require_POST
@allowed("interactions.console")
def end(request: HttpRequest, call_id: int) -> HttpResponse:
    ringing.end(_mine(request, call_id), by=request.user)
    return _answer(request, _desk(request), shown=request.POST.get("body", ""))


@require_POST
@allowed("interactions.console")
def notes(request: HttpRequest, call_id: int) -> HttpResponse:
    """Keep the notes; those of a call that is written down already are old: the last words went with its outcome."""
    call = get_object_or_404(Call, pk=call_id, taken_by=request.user)
    ringing.write_notes(call, request.POST.get("notes", ""))
    return HttpResponse(status=204)


@require_POST
@allowed("interactions.console")
def customer(request: HttpRequest, call_id: int) -> HttpResponse:
    """Say who calls: one of the candidates, one that was found, somebody new (`name`), or somebody else (0)."""
    call = _mine(request, call_id)
    if request.POST.get("customer") == "0":
        ringing.somebody_else(call, by=request.user)
    else:
        ringing.choose(call, _caller(request, call), by=request.user)
    return _answer(request, _desk(request))


def _caller(request: HttpRequest, call: Call) -> Customer:
    if key := request.POST.get("customer"):
        numbered = Customer.objects.filter(contact_points__channel="phone", contact_points__value=call.number)
        either = Customer.objects.visible_to(request.user) | Customer.objects.filter(pk__in=numbered.values("pk"))
        return get_object_or_404(either.distinct(), pk=id_in(key))
    name = request.POST.get("name", "").strip()
    if not name:
        raise Invalid(_("Write their name, as they say it."))
    keeper = request.user.pk if request.user.may("customers.keep") else None
    language = request.POST.get("language", "")
    phones = [call.number] if call.number else []
    person = Person(name=name, phones=phones, language=language, keeper_id=keeper)
    return intake.register(person, source="call", by=request.user)[0]


@require_safe
@allowed("interactions.console")
def people(request: HttpRequest, call_id: int) -> HttpResponse:
    """Find who calls, as somebody types."""
    text = request.GET.get("who", "").strip()[:100]
    hits = searching.find(text, request.user, 8) if len(text) >= 2 else []
    context = {"call": _mine(request, call_id), "hits": hits, "text": text}
    return render(request, "interactions/_caller_found.html", context)


@require_POST
@allowed("interactions.console")
def finish(request: HttpRequest, call_id: int) -> HttpResponse:
    """Write the call down, with what was promised; then the next one."""
    call = _mine(request, call_id)
    form = FinishForm(request.POST)
    if not form.is_valid():
        return _unfinished(request, form)
    given = form.cleaned_data
    finishing.finish(call, given["outcome"], by=request.user, notes=given["notes"], promises=_promises(given))
    words = _("Logged: %(outcome)s") % {"outcome": outcomes.label(given["outcome"])}
    undo = reverse("interactions:call_undoing", args=[call.pk])
    if not is_fragment(request):
        messages.success(request, words, extra_tags=undo)
        return redirect("interactions:console")
    return toast(_answer(request, _desk(request)), words, undo)


def _unfinished(request: HttpRequest, form: FinishForm) -> HttpResponse:
    """Say what is missing: of the outcome, beside the outcomes."""
    if "outcome" not in form.errors:
        raise Invalid(next(iter(form.errors.values()))[0])
    words = _("Say how it ended: Esc, then a number.")
    if not is_fragment(request):
        raise Invalid(words)
    said = {"HX-Retarget": "#outcome-missing", "HX-Reswap": "innerHTML"}
    return HttpResponse(escape(words), status=Invalid.status, headers=said)


def _promises(given: dict) -> tuple[finishing.Promise, ...]:
    made = []
    if given["promise"].strip():
        day = given["promise_day"] or days.today()
        made.append(finishing.Promise(given["promise"].strip(), day, owner=given["owner"]))
    if given["call_back"]:
        made.append(finishing.Promise(_("Call back"), given["call_back"], is_callback=True))
    return tuple(made)


@require_POST
@allowed("interactions.console")
def undoing(request: HttpRequest, call_id: int) -> HttpResponse:
    call = get_object_or_404(Call, pk=call_id, taken_by=request.user)
    finishing.undo(call, by=request.user)
    if is_fragment(request):
        return HttpResponse(status=204, headers={"HX-Redirect": reverse("interactions:console")})
    return redirect("interactions:console")


@require_POST
@allowed("interactions.console")
def state(request: HttpRequest) -> HttpResponse:
    """Say whether calls may ring here."""
    attending.choose(request.user, request.POST.get("state", ""))
    return redirect(came_from(request, "interactions:console"))


def state_menu(request: HttpRequest, user) -> str:
    """Draw the menu of the shell that says whether calls may ring at this colleague."""
    return _state_menu(user) if user.may("interactions.console") else ""


def _state_menu(user: User, *, oob: bool = False) -> str:
    """Drawn once for each state and language: every page has it."""
    states = tuple((one.value, str(one.label)) for one in attending.CHOICES)
    part = engines["jinja2"].env.globals["part"]
    said = str(user.get_state_display())
    return part("interactions/_agent_state.html", state=user.state, said=said, states=states, oob=oob)

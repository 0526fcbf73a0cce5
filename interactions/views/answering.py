"""What is done in a conversation: answer, note, settle, give, move, say whose it is."""

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from crm import undoing
from crm.formats import phone
from crm.http import id_in, is_fragment, undo_address
from crm.problems import Invalid
from customers import intake, searching
from customers.cleaning import Person
from customers.models import Customer
from interactions import carriers, composer, moving, outbox, recognising, waiting
from interactions.conversations import settling
from interactions.forms import ColleagueForm, LogForm
from interactions.models import Conversation
from interactions.views import seen
from staff.access import allowed
from staff.models import User

HITS = 8  # customers whose conversation it may be


def go(request: HttpRequest, url: str) -> HttpResponse:
    """Open another page, for a form and for htmx."""
    if is_fragment(request):
        return HttpResponse(status=204, headers={"HX-Redirect": url})
    return redirect(url)


@require_POST
@allowed("interactions.log")
def words(request: HttpRequest, conversation_id: int) -> HttpResponse:
    """Take what the composer sends. After an answer the next one that waits opens by itself."""
    conversation = seen.conversation(request, conversation_id)
    was_waiting = conversation.waiting_since is not None
    form = read_log(request)
    written, failed = form.written(), form.cleaned_data["instead_of"]
    with transaction.atomic():  # what is settled with an answer is what was answered
        in_place_of = seen.message(request, failed) if failed else None
        composer.write(written, conversation=conversation, by=request.user, failed=in_place_of)
        if form.cleaned_data["then"] == "settle" and written.is_answer and conversation.is_open:
            settling.settle(conversation, by=request.user)
    if not written.is_answer:
        return go(request, reverse("interactions:conversation", args=[conversation.pk]))
    return _next(request, conversation, was_waiting=was_waiting)


def read_log(request: HttpRequest) -> LogForm:
    """Return the composer's form. Raises Invalid with its first complaint."""
    form = LogForm(request.POST)
    if not form.is_valid():
        raise Invalid(next(iter(form.errors.values()))[0])
    return form


def _next(request: HttpRequest, conversation: Conversation, *, was_waiting: bool = True) -> HttpResponse:
    following = waiting.next_for(request.user, after=conversation) if was_waiting else None
    if following is None:
        return go(request, reverse("interactions:conversation", args=[conversation.pk]))
    messages.success(request, _("Done. This one has waited longest."))
    return go(request, reverse("interactions:conversation", args=[following.pk]))


@require_POST
@allowed("interactions.log")
def again(request: HttpRequest, message_id: int) -> HttpResponse:
    """Send what failed once more, as it is."""
    message = outbox.try_again(seen.message(request, message_id), by=request.user)
    messages.success(request, _("It is on its way again: %(address)s") % {"address": phone(message.to_address)})
    return redirect("interactions:conversation", message.conversation_id)


@require_POST
@allowed("interactions.log")
def drop(request: HttpRequest, message_id: int) -> HttpResponse:
    failed = seen.message(request, message_id)
    outbox.drop(failed, by=request.user)
    messages.success(request, _("Let go: the message to %(address)s") % {"address": phone(failed.to_address)})
    return redirect("interactions:conversation", failed.conversation_id)


@require_POST
@allowed("interactions.settle")
def settlement(request: HttpRequest, conversation_id: int) -> HttpResponse:
    conversation = seen.conversation(request, conversation_id)
    settling.settle(conversation, by=request.user, heard=request.POST.get("heard", ""))
    undo = reverse("interactions:reopening", args=[conversation.pk])
    messages.success(request, _("Settled: %(subject)s") % {"subject": conversation}, extra_tags=undo)
    return redirect("interactions:conversation", conversation.pk)


@require_POST
@allowed("interactions.settle")
def reopening(request: HttpRequest, conversation_id: int) -> HttpResponse:
    conversation = seen.conversation(request, conversation_id)
    settling.take_back(conversation, by=request.user)
    return redirect("interactions:conversation", conversation.pk)


@require_POST
@allowed("interactions.settle")
def complaint(request: HttpRequest, conversation_id: int) -> HttpResponse:
    conversation = seen.conversation(request, conversation_id)
    mark = settling.complain if request.POST.get("is") == "yes" else settling.calm
    mark(conversation, by=request.user)
    return redirect("interactions:conversation", conversation.pk)


@require_POST
@allowed("interactions.give")
def owner(request: HttpRequest, conversation_id: int) -> HttpResponse:
    """Hand it to a colleague. It may leave this colleague's sight: then the list opens."""
    conversation = seen.conversation(request, conversation_id)
    form = ColleagueForm(request.POST, among=User.objects.who_may(Conversation.RIGHT))
    if not form.is_valid():
        raise Invalid(_("Choose a colleague."))
    settling.give(conversation, by=request.user, to=form.cleaned_data["to"])
    messages.success(request, _("%(name)s has it now.") % {"name": conversation.owner})
    if Conversation.objects.visible_to(request.user).filter(pk=conversation.pk).exists():
        return redirect("interactions:conversation", conversation.pk)
    return redirect("interactions:conversations")


@require_POST
@allowed("interactions.log")
def move(request: HttpRequest, interaction_id: int) -> HttpResponse:
    """Move one message to another conversation of this customer, or to a new one of its own."""
    interaction = seen.interaction(request, interaction_id)
    wanted = request.POST.get("to", "")
    to = seen.conversation(request, id_in(wanted)) if wanted else None
    source = interaction.conversation_id
    place = moving.move(interaction, to=to, by=request.user)
    kept = undoing.last(interaction, "interaction.moved") if place.pk != source else None
    back = reverse("interactions:conversation", args=[source]) if source else ""
    undo = undo_address(kept, back) if kept else ""
    messages.success(request, _("Moved to: %(subject)s") % {"subject": place}, extra_tags=undo)
    return redirect("interactions:conversation", place.pk)


@require_http_methods(["GET", "HEAD", "POST"])
@allowed("interactions.log")
def whose(request: HttpRequest, conversation_id: int) -> HttpResponse:
    """Find whose conversation this is, or register somebody new with the address they wrote from."""
    conversation = seen.conversation(request, conversation_id)
    if request.method == "POST":
        customer = _found(request) if request.POST.get("customer") else _made(request, conversation)
        moving.belongs_to(conversation, customer, by=request.user)
        undo = undo_address(undoing.last(conversation, "conversation.recognised"), conversation.get_absolute_url())
        messages.success(request, _("This is %(name)s’s conversation.") % {"name": customer}, extra_tags=undo)
        return go(request, reverse("interactions:conversation", args=[conversation.pk]))
    text = request.GET.get("who", "").strip()[:100]
    hits = searching.find(text, request.user, HITS) if len(text) >= 2 else []
    context = {"conversation": conversation, "text": text, "hits": hits}
    if is_fragment(request):
        return render(request, "interactions/_whose_found.html", context)
    wrote_from = where_from(conversation)
    context |= {"wrote_from": wrote_from, "hits": hits or who_has(wrote_from, request.user)}
    return render(request, "interactions/whose.html", context)


def where_from(conversation: Conversation) -> str:
    """Return the address or number from where it began, somebody new is registered with it; "" where there is none."""
    first = conversation.interactions.filter(direction="in").exclude(from_address="").order_by("occurred_at").first()
    address = first.their_address if first else ""
    is_one = "@" in address or recognising.read(address, "phone")[1]  # a name of letters is none
    return address if is_one and carriers.is_theirs(address) else ""


def who_has(address: str, user: User) -> list[searching.Hit]:
    """Return those who share an address, as far as a colleague may see them: one of them wrote."""
    known = recognising.recognise(address, with_card=False).matches if address else ()
    return searching.find(address, user, HITS) if known else []


def _found(request: HttpRequest) -> Customer:
    return get_object_or_404(Customer.objects.visible_to(request.user), pk=id_in(request.POST["customer"]))


def _made(request: HttpRequest, conversation: Conversation) -> Customer:
    address = where_from(conversation)
    emails, phones = ([address], []) if "@" in address else ([], [address] if address else [])
    keeper = request.user.pk if request.user.may("customers.keep") else None
    name = request.POST.get("name", "").strip()
    if not name:
        raise Invalid(_("Write their name, as they say it."))
    person = Person(name=name, emails=emails, phones=phones, keeper_id=keeper)
    return intake.register(person, source="conversation", by=request.user, seer=request.user)[0]

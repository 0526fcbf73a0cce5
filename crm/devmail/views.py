"""The pages of the development mailbox: what left, and an answer to it. Mail headers only: no customer, no tier."""

import email.policy
from functools import wraps
from smtplib import SMTPException

from csp.constants import NONE, SELF, UNSAFE_INLINE
from csp.decorators import csp
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_POST, require_safe

from crm.access import mark
from crm.devmail import answering, boxes
from crm.http import is_fragment, unchanged
from crm.problems import Problem

SHOWN = 50  # mails a page
SEARCHED = 500  # newest mails that a search looks at
FRAME = {
    "default-src": [NONE],
    "style-src": [UNSAFE_INLINE],
    "img-src": [SELF],
    "frame-ancestors": [SELF],
    "sandbox": ["allow-popups", "allow-popups-to-escape-sandbox"],  # its links open apart; nothing in it runs
}


class NotTaken(Problem):
    code = "mail-not-taken"


def reader(view):
    """Those who may read the development mailbox; the right's name is all that this room knows of rights."""

    @wraps(view)
    def guarded(request, *args, **kwargs):
        if not request.user.is_authenticated or not request.user.may("devmail.view"):
            raise PermissionDenied("devmail.view")
        return view(request, *args, **kwargs)

    return mark(guarded, "devmail.view")


@require_safe
@reader
def box(request: HttpRequest) -> HttpResponse:
    """The list; a poll whose newest mail is still the newest is answered 204."""
    listing = _listing(request)
    if is_fragment(request) and request.GET.get("version"):
        if request.GET["version"] == listing["version"]:
            return unchanged()
        return render(request, "devmail/_list.html", {**listing, "at": "list"})
    return render(request, "devmail/box.html", {**listing, "at": "list"})


@require_safe
@reader
def letter(request: HttpRequest, key: str) -> HttpResponse:
    found = _find(key)
    boxes.mark_read(_folder(), boxes.THEIRS, key)
    listing = _listing(request)
    return render(request, "devmail/box.html", {**listing, "at": "detail", "key": key, **_shown(found)})


@require_safe
@reader
@csp(FRAME)
@xframe_options_sameorigin
def html(request: HttpRequest, key: str) -> HttpResponse:
    """The mail's HTML as a mail program would show it, but nothing in it runs, and no remote picture is fetched."""
    return HttpResponse(answering.html_of(_find(key)).replace("<head>", '<head><base target="_blank">', 1))


@require_safe
@reader
def source(request: HttpRequest, key: str) -> HttpResponse:
    answer = HttpResponse(_find(key).as_bytes(), content_type="message/rfc822")
    answer["Content-Disposition"] = f'attachment; filename="{key}.eml"'
    return answer


@require_POST
@reader
def answer(request: HttpRequest, key: str) -> HttpResponse:
    found = _find(key)
    words = request.POST.get("words", "").strip()
    if not words:
        raise NotTaken(_("Write what the customer answers."))
    try:
        to = answering.answer(
            found, words, quoted="quoted" in request.POST, from_stranger="from_stranger" in request.POST
        )
    except (OSError, SMTPException) as error:
        raise NotTaken(_("The mail server did not take it: %(error)s") % {"error": error}) from error
    boxes.mark_answered(_folder(), boxes.THEIRS, key)
    messages.success(request, _("The answer is on its way to %(address)s.") % {"address": to})
    return redirect("devmail:letter", key)


@require_POST
@reader
def emptying(request: HttpRequest) -> HttpResponse:
    """Throw away what was caught. What came to our own addresses stays: the poll keeps a cursor over it."""
    boxes.open_box(_folder(), boxes.THEIRS).clear()
    return redirect("devmail:box")


def _folder():
    return settings.VAR / "mail"


def _find(key: str):
    found = boxes.read(_folder(), boxes.THEIRS, key)
    if found is None:
        raise Http404
    return found


def _listing(request: HttpRequest) -> dict:
    """The newest mails, or those that hold the searched text, `after` a key for older ones."""
    every = boxes.keys(_folder(), boxes.THEIRS)
    text = request.GET.get("q", "").strip().lower()[:100]
    after = request.GET.get("after", "")
    start = every.index(after) + 1 if after in every else 0
    chosen = every[start : start + (SEARCHED if text else SHOWN)]
    letters = [each for each in boxes.letters(_folder(), boxes.THEIRS, chosen) if _holds(each, text)][:SHOWN]
    older = chosen[-1] if not text and start + SHOWN < len(every) else ""
    version = f"{len(every)}-{every[0] if every else ''}"
    return {"letters": letters, "total": len(every), "q": text, "older": older, "version": version}


def _holds(each: boxes.Letter, text: str) -> bool:
    return not text or any(text in part.lower() for part in (each.recipient, each.subject, each.sender))


def _shown(found) -> dict:
    raw = found.as_bytes(policy=email.policy.SMTP)
    return {
        "mail": found,
        "headers": [(name, str(value)) for name, value in found.items()],
        "text": answering.text_of(found),
        "has_html": bool(answering.html_of(found)),
        "size": len(raw),
        "their_page": _their_page(str(found.get("List-Unsubscribe", ""))),
        "one_click": "One-Click" in str(found.get("List-Unsubscribe-Post", "")),
    }


def _their_page(listed: str) -> str:
    """Return where the reader would unsubscribe, "" if that is not a page of ours."""
    address = listed.partition("<")[2].partition(">")[0]
    return address if address.startswith(f"{settings.PUBLIC_URL}/") else ""

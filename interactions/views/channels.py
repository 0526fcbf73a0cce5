"""Settings of the channels, and the messages of which nobody knows whether they arrived."""

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from crm import panels
from crm.formats import phone
from crm.lists import page_of
from customers import channels
from interactions import carriers, recovering, troubles
from interactions.models import Message
from staff.access import allowed


@require_safe
@allowed("interactions.channels")
def index(request: HttpRequest) -> HttpResponse:
    """Show each channel that has a folder: what it tells about itself, and what its folder adds."""
    every = [(one, channels.named(one.channel)) for one in carriers.every()]
    context = {
        "every": [(one, line, panels.draw(f"channel.{line.key}", request, one)) for one, line in every],
        "has_secret": bool(settings.HOOK_SECRET),
        "demo_secret": settings.HOOK_SECRET.split()[0] if _is_demo() else "",
        "public_url": settings.PUBLIC_URL,
        "in_doubt": Message.objects.in_doubt().order_by()[:100].count(),
    }
    return render(request, "interactions/channels.html", context)


@require_safe
@allowed("interactions.channels")
def state(request: HttpRequest, channel: str) -> HttpResponse:
    """Answer with how a channel stands: it may ask its server, so the page does not wait for it."""
    carrier = carriers.of(channel)
    if carrier is None:
        raise Http404
    trouble = troubles.of(carrier)
    context = {"trouble": trouble, "is_off": not trouble and not carrier.is_set_up()}
    return render(request, "interactions/_channel_state.html", context)


def _is_demo() -> bool:
    """Only the demo's secret is shown: everybody can read it in the sources."""
    return settings.FILO_MODE == "demo" and bool(settings.HOOK_SECRET)


@require_safe
@allowed("interactions.doubt")
def doubt(request: HttpRequest) -> HttpResponse:
    rows = Message.objects.visible_to(request.user).in_doubt().select_related("customer", "author")
    page = page_of(rows.defer("body_html", "values"), order=("-id",), cursor=request.GET.get("cursor"))
    return render(request, "interactions/doubt.html", {"page": page})


@require_POST
@allowed("interactions.doubt")
def settle(request: HttpRequest, message_id: int) -> HttpResponse:
    """It arrived, or it is sent again: a person decides."""
    message = get_object_or_404(Message.objects.visible_to(request.user), pk=message_id)
    was_sent = request.POST.get("it") == "arrived"
    recovering.settle_doubt(message, was_sent=was_sent, by=request.user)
    words = _("Noted as sent: %(address)s") if was_sent else _("Sent again: %(address)s")
    messages.success(request, words % {"address": phone(message.to_address)})
    came = request.POST.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(came, {request.get_host()}, require_https=request.is_secure())
    return redirect(came if is_ours else "interactions:doubt")

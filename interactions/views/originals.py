"""A mail as it came: its cleaned HTML in a frame of its own, its files, and the raw bytes."""

from csp.constants import NONE, SELF, UNSAFE_INLINE
from csp.decorators import csp
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_safe

from crm.http import saved
from interactions import originals
from interactions.models import Interaction, Original
from interactions.views import seen
from staff.access import allowed

FRAME = {
    "default-src": [NONE],
    "style-src": [UNSAFE_INLINE],
    "img-src": [SELF],
    "frame-ancestors": [SELF],
    "sandbox": ["allow-popups", "allow-popups-to-escape-sandbox"],  # its links open apart; nothing in it runs
}
PAPER = (
    '<!doctype html><html><head><meta charset="utf-8"><title>Mail</title><base target="_blank"></head>'
    "<body>{html}</body></html>"
)


@require_safe
@allowed("interactions.view")
@csp(FRAME)
@xframe_options_sameorigin
def html(request: HttpRequest, interaction_id: int) -> HttpResponse:
    """The cleaned HTML alone: nothing in it runs, loads or sends."""
    interaction = seen.interaction(request, interaction_id)
    if not interaction.html:
        raise Http404
    return HttpResponse(PAPER.format(html=interaction.html))


@require_safe
@allowed("interactions.view")
def raw(request: HttpRequest, interaction_id: int) -> HttpResponse:
    interaction = seen.interaction(request, interaction_id)
    kept = originals.of(interaction.channel)
    return saved(_original(interaction), f"{interaction.pk}{kept.suffix}", kept.content_type)


@require_safe
@allowed("interactions.view")
def attachment(request: HttpRequest, interaction_id: int, number: int) -> HttpResponse:
    """One attached file, by its place in Interaction.attachments; never shown, always saved."""
    interaction = seen.interaction(request, interaction_id)
    if number >= len(interaction.attachments):
        raise Http404
    told = interaction.attachments[number]
    content = originals.of(interaction.channel).file_in(_original(interaction), told.get("position", number))
    if content is None:
        raise Http404
    return saved(content, told.get("name") or "file", "application/octet-stream")


def _original(interaction: Interaction) -> bytes:
    found = Original.objects.filter(interaction=interaction).first()
    if found is None:
        raise Http404
    return bytes(found.raw)

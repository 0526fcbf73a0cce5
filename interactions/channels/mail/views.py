"""Mails that were set aside: saved, read once more, or said to be dealt with."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from crm.http import saved
from interactions.channels.mail import setting_aside
from interactions.models import Unfiled
from staff.access import allowed


@require_safe
@allowed("interactions.channels")
def raw(request: HttpRequest, row_id: int) -> HttpResponse:
    row = _row(row_id)
    if not row.is_kept or not setting_aside.path_of(row.name).exists():
        raise Http404
    return saved(setting_aside.path_of(row.name).read_bytes(), f"{row.name}.eml", "message/rfc822")


@require_POST
@allowed("interactions.channels")
def reading(request: HttpRequest, row_id: int) -> HttpResponse:
    setting_aside.ask_again(_row(row_id))
    messages.success(request, _("It is read once more within seconds. If it fails again, it stays here."))
    return redirect("interactions:channels")


@require_POST
@allowed("interactions.channels")
def settlement(request: HttpRequest, row_id: int) -> HttpResponse:
    setting_aside.settle(_row(row_id))
    return redirect("interactions:channels")


def _row(row_id: int) -> Unfiled:
    return get_object_or_404(Unfiled.objects.set_aside(), pk=row_id)

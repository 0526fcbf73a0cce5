from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from campaigns import drafting, results
from campaigns.launching import ORIGIN
from campaigns.models import Campaign
from campaigns.sending import MOST_AHEAD
from crm import apart
from crm.http import unchanged
from insights import segments
from interactions import sleeping
from staff.access import allowed
from staff.models import User

UNDER_WAY = {Campaign.Status.FREEZING, Campaign.Status.RUNNING, Campaign.Status.PAUSED}  # can still be cancelled


@require_GET
@allowed("campaigns.view")
def latest(request: HttpRequest) -> HttpResponse:
    """The results of the campaign that was launched last: one click away."""
    campaign = Campaign.objects.filter(launched_at__isnull=False).order_by("-launched_at").first()
    if campaign is None:
        return redirect("campaigns:campaigns")
    return redirect("campaigns:results", campaign.pk)


@require_GET
@allowed("campaigns.view")
def page(request: HttpRequest, campaign_id: int) -> HttpResponse:
    campaign = get_object_or_404(Campaign.objects.select_related("segment", "launched_by"), pk=campaign_id)
    if campaign.status in drafting.NOT_BEGUN:
        return redirect("campaigns:campaign", campaign.pk)
    context = {
        "campaign": campaign,
        **_progress(campaign, request.user),
        "excluded": results.excluded(campaign, request.user),
        "answers": results.answers(campaign, request.user),
        "doubts": results.doubts(campaign, request.user),
        "reasons": results.failure_reasons(campaign, request.user),
        "trouble": _trouble(campaign, request.user),
        "failures": results.failures(campaign, request.user),
    }
    return render(request, "campaigns/results.html", context)


def _trouble(campaign: Campaign, user: User) -> str:
    """Return why it does not go on, "" if it does. What was raised may be of somebody's record."""
    why = apart.trouble_of(results.GOING_ON, campaign.pk)
    return why if not why or segments.sees_all(user) else _("who sees all customers can read why.")


@require_GET
@allowed("campaigns.view")
def progress(request: HttpRequest, campaign_id: int) -> HttpResponse:
    """The part that polls: 204 while nothing changed."""
    campaign = get_object_or_404(Campaign, pk=campaign_id)
    context = _progress(campaign, request.user)
    version = request.GET.get("version", "")
    if version == context["version"]:
        return unchanged()
    before, status = version.partition("-")[0], context["figures"].status
    if version and before != status:
        if not {before, status} <= UNDER_WAY:  # over, or begun anew: every part of the page has changed
            response = unchanged()
            response["HX-Refresh"] = "true"
            return response
        context["excluded"] = results.excluded(campaign, request.user)
    return render(request, "campaigns/_progress.html", {"campaign": campaign, "hx_oob": True, **context})


def _progress(campaign: Campaign, user: User) -> dict[str, Any]:
    """What the part shows, and its version, which changes whenever one of its words does."""
    figures = results.figures(campaign, user)
    sleeps = sleeping.sleeps(ORIGIN, campaign.pk, user) if campaign.status == Campaign.Status.RUNNING else []
    ends = [f"{sleep.count}@{sleep.until:%d%H%M}" for sleep in sleeps]
    is_asleep = sum(sleep.count for sleep in sleeps) >= min(figures.waiting, MOST_AHEAD) > 0
    version = "-".join([figures.version, *ends])
    return {"figures": figures, "sleeps": sleeps, "is_asleep": is_asleep, "version": version}

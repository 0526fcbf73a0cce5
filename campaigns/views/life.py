"""What is done to a launched campaign: one press each."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_POST

from campaigns import drafting, launching
from campaigns.models import Campaign
from campaigns.views.editing import keep_whole
from staff.access import allowed


@require_POST
@allowed("campaigns.launch")
def launch(request: HttpRequest, campaign_id: int) -> HttpResponse:
    """Save what the form holds, then launch now or at the time that it names."""
    campaign = get_object_or_404(Campaign, pk=campaign_id)
    if "name" in request.POST:
        campaign, form = keep_whole(campaign, request.POST)
        if at := form.cleaned_data["planned_at"]:
            drafting.plan(campaign, at)
            return redirect("campaigns:campaign", campaign.pk)
    launching.launch(campaign, by=request.user)
    return redirect("campaigns:results", campaign.pk)


def _step(verb):
    @require_POST
    @allowed("campaigns.launch")
    def view(request: HttpRequest, campaign_id: int) -> HttpResponse:
        verb(get_object_or_404(Campaign, pk=campaign_id), by=request.user)
        return redirect("campaigns:results", campaign_id)

    return view


pause = _step(launching.pause)
resume = _step(launching.resume)
cancel = _step(launching.cancel)

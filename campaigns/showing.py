"""Campaigns on Today: what runs or is being written, what the last one brought, where to begin."""

from django.db.models import Case, When
from django.http import HttpRequest
from django.template.loader import render_to_string

from campaigns import results
from campaigns.models import Campaign
from staff.models import User

SHOWN = 6
UNDECIDED_FIRST = Case(When(status=Campaign.Status.UNDECIDED, then=0), default=1)
OVER = (Campaign.Status.FINISHED, Campaign.Status.CANCELLED)


def panel(request: HttpRequest, user: User) -> str:
    """Draw the panel for those who see campaigns."""
    if not user.may("campaigns.view"):
        return ""
    rows = Campaign.objects.select_related("segment").order_by(UNDECIDED_FIRST, "-created_at", "-id")
    last = rows.filter(status__in=OVER, launched_at__isnull=False).order_by("-launched_at").first()
    begun = list(rows.exclude(status__in=OVER)[:SHOWN])
    context = {
        "open": begun,
        "audiences": results.audiences(begun, user),
        "last": last,
        "figures": results.figures(last, user) if last else None,
        "may_change": user.may("campaigns.change"),
    }
    return render_to_string("campaigns/_today.html", context, request)

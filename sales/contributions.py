"""What this room brings to the customer page and its timeline."""

from django.utils.translation import gettext_lazy as _

from crm import panels
from interactions import timeline
from sales import purchase_files, showing

panels.panel("customer.side", "purchases", order=30)(showing.panel)
timeline.source("purchases", label=_("Purchases"), icon="shopping-bag", order=50)(showing.timeline)

__all__ = ["purchase_files"]  # registers its kind of import file

"""Why a customer is in a segment, or is not."""

from typing import Any

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from api.resource import Resource
from api.shapes import Brief, ColleagueShown
from api.v1.figures import VALUE, Value
from crm.http import LARGEST_ID
from insights import explaining, segments, showing
from insights.building import name_of
from insights.models import ListedCustomer
from insights.rules import InvalidRule

FIGURES = "figures:read"  # the scope of what is known of a customer


class WhyQuery(serializers.Serializer):
    customer = serializers.IntegerField(min_value=1, max_value=LARGEST_ID)


class PieceShape(serializers.Serializer):
    """A piece of the rule, and what it says of the customer."""

    path = serializers.CharField(help_text="Places in their groups, from 0: 0-1. Empty: the whole rule.")
    match = serializers.CharField(help_text="all or any of a group; empty of a single rule.")
    words = serializers.CharField(help_text="What a single rule asks; of a segment that it asks for, its name.")
    holds = serializers.BooleanField(allow_null=True, help_text="null: it cannot be asked.")
    field = serializers.CharField(allow_null=True, help_text="Of a single rule.")
    value = Value(allow_null=True, help_text=f"{VALUE} Told to keys with {FIGURES} only.")
    segment = serializers.IntegerField(allow_null=True, help_text="A segment that the rule asks for.")
    why_not = serializers.CharField(help_text="Why it cannot be asked; else empty.")


class ListedShape(serializers.Serializer):
    """How they came on a list."""

    origin = serializers.CharField(help_text=", ".join(ListedCustomer.Origin.values))
    by = ColleagueShown(allow_null=True)
    at = serializers.DateTimeField()


class WhyShape(serializers.Serializer):
    customer = Brief()
    is_in = serializers.BooleanField()
    since = serializers.DateTimeField(allow_null=True)
    left_at = serializers.DateTimeField(allow_null=True, help_text="null: they are in it, or never were.")
    listed = ListedShape(allow_null=True, help_text="Of a list.")
    as_of = serializers.DateTimeField(help_text="All that happened until then is in the figures.")
    why_not = serializers.CharField(help_text="Why it cannot be asked; the same customers stay in it. Else empty.")
    pieces = PieceShape(many=True, help_text="The whole first; empty of a list, or until figures are worked out.")


class Why(Resource):
    scopes = {"GET": "segments:read"}
    names = {"GET": "explain_membership"}

    @extend_schema(summary="Say why a customer is in a segment", parameters=[WhyQuery], responses=WhyShape)
    def get(self, request, pk):
        """Say of each piece of a segment's rule whether it holds for a customer, and since when they are in it."""
        segment = get_object_or_404(segments.active(), pk=pk)
        customer = self.customer(self.query(WhyQuery)["customer"])
        trouble, pieces = segments.trouble(segment, user=request.user), []
        try:
            if not segment.is_static and (whole := explaining.explain(segment, customer)):
                knows = FIGURES in request.auth.scopes
                pieces = [_drawn(one, knows) for one in whole.all_of_it()]
        except InvalidRule as problem:
            trouble = trouble or str(problem)
        stands = explaining.presence(segment, customer)
        found = {"customer": customer, "as_of": showing.as_of(customer), "why_not": trouble, "pieces": pieces}
        return Response(WhyShape(found | vars(stands)).data)


def _drawn(one: explaining.Explained, tells_values: bool) -> dict[str, Any]:
    return {
        "path": name_of(one.path),
        "match": one.match,
        "words": one.words,
        "holds": one.holds,
        "field": one.asked.key if one.asked else None,
        "value": one.shown.value if one.shown and tells_values else None,
        "segment": one.segment or None,
        "why_not": one.lacks,
    }

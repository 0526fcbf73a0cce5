"""Segments, and who is in them."""

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers

from api.resource import PageQuery, Resource
from api.schema import paged
from api.shapes import Brief
from customers.models import Customer
from insights import segments
from insights.models import Membership, Segment

RULE = """A tree of `all` and `any`. Choices are lists of values, of `segment` the ids of others. A `language` holds for
its variants too: pt for pt-BR."""
WHOSE_COUNT = "Of all customers; null for a key that sees only a team's: count its members."


class SegmentShape(serializers.Serializer):
    """A saved question about customers."""

    id = serializers.IntegerField()
    name = serializers.CharField()
    rule = serializers.JSONField(help_text=RULE)
    member_count = serializers.IntegerField(allow_null=True, help_text=WHOSE_COUNT)
    evaluated_at = serializers.DateTimeField(allow_null=True)
    changed_at = serializers.DateTimeField()


class MemberShape(serializers.Serializer):
    customer = Brief()
    since = serializers.DateTimeField()


class Segments(Resource):
    scopes = {"GET": "segments:read"}
    names = {"GET": "list_segments"}

    @extend_schema(summary="List segments", parameters=[PageQuery], responses=paged(SegmentShape))
    def get(self, request):
        """List segments by name."""
        asked = self.query(PageQuery)
        sees_all = request.user.scope("customers") == "all"
        return self.page(segments.active(), order=("name", "id"), asked=asked, draw=lambda row: _drawn(row, sees_all))


class Members(Resource):
    scopes = {"GET": "segments:read"}
    names = {"GET": "list_members"}

    @extend_schema(summary="List members of a segment", parameters=[PageQuery], responses=paged(MemberShape))
    def get(self, request, pk):
        """List who is in a segment now, by id, of those whom this key sees."""
        asked = self.query(PageQuery)
        rows = Membership.objects.filter(segment=get_object_or_404(segments.active(), pk=pk))
        if request.user.scope("customers") != "all":
            rows = rows.filter(customer__in=Customer.objects.visible_to(request.user))
        rows = rows.select_related("customer__account")
        return self.page(rows, order=("customer_id",), asked=asked, draw=lambda row: MemberShape(row).data)


def _drawn(segment: Segment, sees_all: bool) -> dict:
    """Leave out how many customers of others are in it."""
    drawn = SegmentShape(segment).data
    return drawn if sees_all else drawn | {"member_count": None}

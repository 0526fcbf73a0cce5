"""Segments, and who is in them."""

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers

from api.resource import PageQuery, Resource
from api.schema import paged
from api.shapes import Brief
from customers.models import Customer
from insights import segments
from insights.models import Membership


class SegmentShape(serializers.Serializer):
    """A saved question about customers."""

    id = serializers.IntegerField()
    name = serializers.CharField()
    rule = serializers.JSONField(help_text="The rule tree.")
    member_count = serializers.IntegerField()
    evaluated_at = serializers.DateTimeField(allow_null=True)
    changed_at = serializers.DateTimeField()


class MemberShape(serializers.Serializer):
    customer = Brief()
    since = serializers.DateTimeField()


class Segments(Resource):
    scopes = {"GET": "segments:read"}
    names = {"GET": "list_segments"}

    @extend_schema(parameters=[PageQuery], responses=paged(SegmentShape))
    def get(self, request):
        """List segments by name."""
        asked = self.query(PageQuery)
        return self.page(segments.active(), order=("name", "id"), asked=asked, draw=lambda row: SegmentShape(row).data)


class Members(Resource):
    scopes = {"GET": "segments:read"}
    names = {"GET": "list_members"}

    @extend_schema(parameters=[PageQuery], responses=paged(MemberShape))
    def get(self, request, pk):
        """List who is in a segment now, by id, of those whom this key sees."""
        asked = self.query(PageQuery)
        rows = Membership.objects.filter(segment=get_object_or_404(segments.active(), pk=pk))
        if request.user.scope("customers") != "all":
            rows = rows.filter(customer__in=Customer.objects.visible_to(request.user))
        rows = rows.select_related("customer__account")
        return self.page(rows, order=("customer_id",), asked=asked, draw=lambda row: MemberShape(row).data)

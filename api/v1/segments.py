"""Segments, who is in them, and lists: who is put on one and taken off."""

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from api.idempotency import idempotent
from api.resource import MOST_ROWS, Id, PageQuery, Resource, Text
from api.schema import paged
from api.shapes import Brief
from customers.models import Customer
from insights import listing, pasting, segments
from insights.models import ListedCustomer, Membership, Segment

RULE = """A tree of `all` and `any`; null of a list. Choices are lists of values, of `segment` the ids of others. A
`language` holds for its variants too: pt for pt-BR."""
WHOM = "E-mail addresses, phones in any form, or customer numbers, each of one customer."
WHOSE_COUNT = "Of those whom this key sees; a list grows and shrinks within seconds."


class SegmentShape(serializers.Serializer):
    """A saved question about customers, or a list of some."""

    id = serializers.IntegerField()
    name = serializers.CharField()
    is_static = serializers.BooleanField(help_text="A list: of customers whom somebody put there, without a rule.")
    rule = serializers.JSONField(help_text=RULE)
    member_count = serializers.IntegerField(help_text=WHOSE_COUNT)
    evaluated_at = serializers.DateTimeField(allow_null=True)
    changed_at = serializers.DateTimeField()


class MemberShape(serializers.Serializer):
    customer = Brief()
    since = serializers.DateTimeField()


class ListIn(serializers.Serializer):
    name = Text(max_length=segments.LONGEST_NAME)


class WhomIn(serializers.Serializer):
    """Customers by our ids, by addresses, or both."""

    customers = serializers.ListField(child=Id(), required=False, default=list, max_length=MOST_ROWS)
    addresses = serializers.ListField(
        child=Text(max_length=pasting.LONGEST_ENTRY), required=False, default=list, max_length=MOST_ROWS, help_text=WHOM
    )


class SeveralShape(serializers.Serializer):
    address = serializers.CharField()
    customers = serializers.ListField(child=serializers.IntegerField())


class NotOnAList(serializers.Serializer):
    """What names nobody whom this key sees, and what names several: nothing was done about these."""

    unknown_customers = serializers.ListField(child=serializers.IntegerField())
    unknown_addresses = serializers.ListField(child=serializers.CharField())
    several = SeveralShape(many=True)


class AddedShape(NotOnAList):
    added = serializers.IntegerField()
    same = serializers.IntegerField(help_text="Were on the list already.")


class RemovedShape(NotOnAList):
    removed = serializers.IntegerField()


class Segments(Resource):
    scopes = {"GET": "segments:read", "POST": "segments:write"}
    names = {"GET": "list_segments", "POST": "make_list"}

    @extend_schema(summary="List segments", parameters=[PageQuery], responses=paged(SegmentShape))
    def get(self, request):
        """List segments by name."""
        asked = self.query(PageQuery)
        counts = segments.member_counts(request.user)
        rows = segments.active()
        return self.page(rows, order=("name", "id"), asked=asked, draw=lambda row: _drawn(row, counts.get(row.pk, 0)))

    @extend_schema(summary="Make a list of customers", request=ListIn, responses={201: SegmentShape})
    @idempotent
    def post(self, request):
        """Make a segment that is a list, empty as yet. 409 if another segment has this name."""
        segment = segments.save_list(Segment(), name=self.body(ListIn)["name"], by=None)
        return Response(_drawn(segment, 0), status=201, headers={"Location": f"/api/v1/segments/{segment.pk}/"})


class OneSegment(Resource):
    scopes = {"GET": "segments:read"}
    names = {"GET": "read_segment"}

    @extend_schema(summary="Read a segment", responses=SegmentShape)
    def get(self, request, pk):
        """Read one segment."""
        segment = get_object_or_404(segments.active(), pk=pk)
        return Response(_drawn(segment, segments.member_counts(request.user).get(pk, 0)))


class Members(Resource):
    scopes = {"GET": "segments:read", "POST": "segments:write"}
    names = {"GET": "list_members", "POST": "add_members"}

    @extend_schema(summary="List members of a segment", parameters=[PageQuery], responses=paged(MemberShape))
    def get(self, request, pk):
        """List who is in a segment now, by id, of those whom this key sees."""
        asked = self.query(PageQuery)
        rows = Membership.objects.filter(segment=get_object_or_404(segments.active(), pk=pk))
        if request.user.scope("customers") != "all":
            rows = rows.filter(customer__in=Customer.objects.visible_to(request.user))
        rows = rows.select_related("customer__account")
        return self.page(rows, order=("customer_id",), asked=asked, draw=lambda row: MemberShape(row).data)

    @extend_schema(summary="Put customers on a list", request=WhomIn, responses=AddedShape)
    @idempotent
    def post(self, request, pk):
        """Put up to 1,000 ids and 1,000 addresses on a list; the same again changes nothing.

        Whom this key does not see is unknown. They are members within seconds. 409 if the segment is no list.
        """
        segment, whom = get_object_or_404(segments.active(), pk=pk), _whom(request, self.body(WhomIn))
        said = {"origin": ListedCustomer.Origin.API, "by": None, "seer": request.user}
        added = listing.add(segment, whom.pop("ids"), **said)
        return Response({"added": added, "same": whom.pop("count") - added, **whom})


class Removals(Resource):
    scopes = {"POST": "segments:write"}
    names = {"POST": "remove_members"}

    @extend_schema(summary="Take customers off a list", request=WhomIn, responses=RemovedShape)
    @idempotent
    def post(self, request, pk):
        """Take up to 1,000 ids and 1,000 addresses off a list, of those whom this key sees. 409 if it is no list."""
        segment, whom = get_object_or_404(segments.active(), pk=pk), _whom(request, self.body(WhomIn))
        removed = listing.remove(segment, whom.pop("ids"), by=None, seer=request.user)
        whom.pop("count")
        return Response({"removed": removed, **whom})


class OneMember(Resource):
    scopes = {"DELETE": "segments:write"}
    names = {"DELETE": "remove_member"}
    http_method_names = ["delete"]

    @extend_schema(summary="Take a customer off a list", responses={204: None})
    def delete(self, request, pk, customer_id):
        """Take one customer off a list. 204 whether or not they were on it; 409 if the segment is no list."""
        segment = get_object_or_404(segments.active(), pk=pk)
        listing.remove(segment, [customer_id], by=None, seer=request.user)
        return Response(status=204)


def _drawn(segment: Segment, count: int) -> dict:
    """Draw a segment; of those in it only whom the key sees are counted."""
    drawn = SegmentShape(segment).data | {"member_count": count}
    return drawn | {"rule": None} if segment.is_static else drawn


def _whom(request, body: dict) -> dict:
    """Return the `ids` that a body names, how many, and what it names that is nobody, or several."""
    asked = dict.fromkeys(body["customers"])
    seen = set(Customer.objects.visible_to(request.user).filter(pk__in=list(asked)).values_list("pk", flat=True))
    looked = pasting.look_up(body["addresses"], request.user)
    ids = seen | looked.found.keys()
    return {
        "ids": sorted(ids),
        "count": len(ids),
        "unknown_customers": [pk for pk in asked if pk not in seen],
        "unknown_addresses": looked.unknown,
        "several": [{"address": one.written, "customers": one.customers} for one in looked.several],
    }

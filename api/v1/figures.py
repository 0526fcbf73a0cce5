"""Figures about one customer: what segments ask."""

from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.response import Response

from api.resource import Resource
from insights import showing
from insights.kinds import Kind
from sales import bookkeeping

VALUE = """Money in whole cents of `currency`; of a consent true, false, or null: never asked; of a set or of segments a
list, each as in the rule of a segment; null: unknown, or never."""
NAMES = "What `value` is called, of a choice, a set or segments; else empty."


@extend_schema_field({"type": ["string", "number", "boolean", "array", "null"], "items": {"type": "string"}})
class Value(serializers.Field):
    """Whatever the figure's kind is."""

    def to_representation(self, value):
        if isinstance(value, list):
            return [str(one) for one in value]
        return value if isinstance(value, bool | int | str) else float(value) if hasattr(value, "as_tuple") else value


class FigureShape(serializers.Serializer):
    """One figure, as the rules of segments compare it."""

    key = serializers.CharField(source="field.key", help_text="As `field` in the rule of a segment.")
    label = serializers.CharField(source="field.label")
    group = serializers.CharField(source="field.group")
    kind = serializers.CharField(source="field.kind", help_text=", ".join(Kind.values))
    value = Value(allow_null=True, help_text=VALUE)
    names = serializers.ListField(child=serializers.CharField(), help_text=NAMES)
    source = serializers.CharField(source="field.source", help_text="Where it comes from; empty: their own data.")
    old_since = serializers.DateTimeField(
        source="failing.since", allow_null=True, default=None, help_text="Its source fails since then: it is as it was."
    )
    why = serializers.CharField(source="failing.why", allow_null=True, default=None, help_text="What its source says.")


class FiguresShape(serializers.Serializer):
    as_of = serializers.DateTimeField(help_text="All that happened until then is in the figures.")
    currency = serializers.CharField()
    figures = FigureShape(many=True)


class CustomerFigures(Resource):
    scopes = {"GET": "figures:read"}
    names = {"GET": "read_figures"}

    @extend_schema(summary="Read the figures of a customer", responses=FiguresShape)
    def get(self, request, pk):
        """Read what is known about a customer in figures: the same values that segments compare.

        Figures of purchases are those of the account. Empty until they were worked out for the first time.
        """
        customer = self.customer(pk)
        found = {"as_of": showing.as_of(customer), "currency": bookkeeping.currency()}
        return Response(FiguresShape(found | {"figures": showing.of_customer(customer)}).data)

"""Purchases of an account or of the person who ordered. Recording is api/v1/bulk.py."""

from drf_spectacular.utils import extend_schema
from rest_framework import serializers

from api.resource import Id, PageQuery, Resource
from api.schema import paged
from customers.models import Customer
from sales.models import Purchase

BASE = "In your organisation's currency, by the rate of its day: what figures add up. Null: no rate is known."


class PurchaseShape(serializers.Serializer):
    """One line of an order."""

    id = serializers.IntegerField()
    account = serializers.IntegerField(source="account_id")
    person = serializers.IntegerField(source="person_id", allow_null=True, help_text="Who ordered, if known.")
    product = serializers.CharField(source="product.name", default=None, allow_null=True)
    sku = serializers.CharField(source="product.sku", default=None, allow_null=True, allow_blank=True)
    order_ref = serializers.CharField(allow_blank=True)
    quantity = serializers.DecimalField(max_digits=12, decimal_places=3)
    amount_cents = serializers.IntegerField(help_text="The line's total.")
    currency = serializers.CharField()
    base_cents = serializers.IntegerField(allow_null=True, help_text=BASE)
    purchased_on = serializers.DateField()


class PurchasesQuery(PageQuery):
    customer = Id(help_text="An account, or a person: then what their account bought.")


class Purchases(Resource):
    scopes = {"GET": "purchases:read"}
    names = {"GET": "list_purchases"}

    @extend_schema(summary="List purchases", parameters=[PurchasesQuery], responses=paged(PurchaseShape))
    def get(self, request):
        """List what an account bought, newest first."""
        asked = self.query(PurchasesQuery)
        customer: Customer = self.customer(asked["customer"])
        rows = Purchase.objects.filter(account=customer.account_id).select_related("product")
        return self.page(rows, order=("-purchased_on", "-id"), asked=asked, draw=lambda row: PurchaseShape(row).data)

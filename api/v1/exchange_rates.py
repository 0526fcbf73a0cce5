"""Exchange rates: list and set. What a purchase is worth follows in the background."""

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from api.idempotency import idempotent
from api.resource import PageQuery, Resource
from api.schema import paged
from sales import exchanging
from sales.exchanging import DECIMALS, MOST_RATE
from sales.models import ExchangeRate
from staff.models import Organisation

CODE = "^[A-Z]{3}$"
MEANT = "How many units of `base` one unit of `currency` is worth: 0.92 for 1 USD = 0.92 EUR."
WHOLE_DIGITS = len(str(MOST_RATE))


class RateShape(serializers.Serializer):
    """What a currency is worth from a day on, until the day of its next rate."""

    currency = serializers.CharField()
    base = serializers.CharField(help_text="Your organisation's currency.")
    from_on = serializers.DateField()
    rate = serializers.DecimalField(max_digits=24, decimal_places=DECIMALS, normalize_output=True, help_text=MEANT)


class RatesQuery(PageQuery):
    currency = serializers.RegexField(CODE, required=False)


class RateIn(serializers.Serializer):
    """A rate. The same currency and day again give it another number."""

    currency = serializers.RegexField(CODE)
    from_on = serializers.DateField(help_text="The first day of purchases that it is for; one to come is fine.")
    rate = serializers.DecimalField(max_digits=WHOLE_DIGITS + DECIMALS, decimal_places=DECIMALS, help_text=MEANT)


class ExchangeRates(Resource):
    scopes = {"GET": "rates:read", "POST": "rates:write"}
    names = {"GET": "list_exchange_rates", "POST": "set_exchange_rate"}

    @extend_schema(summary="List exchange rates", parameters=[RatesQuery], responses=paged(RateShape))
    def get(self, request):
        """List rates by currency and day."""
        asked = self.query(RatesQuery)
        rows = ExchangeRate.objects.filter(base=Organisation.current().currency)
        rows = rows.filter(currency=asked["currency"]) if "currency" in asked else rows
        return self.page(rows, order=("currency", "from_on", "id"), asked=asked, draw=lambda row: RateShape(row).data)

    @extend_schema(summary="Set an exchange rate", request=RateIn, responses={200: RateShape, 201: RateShape})
    @idempotent
    def post(self, request):
        """Say what a currency is worth from a day on. 201 if there was no rate of that day, else 200.

        Purchases from that day up to the next rate are counted anew, and the figures of their customers.
        """
        rate, is_new = exchanging.set_rate(**self.body(RateIn))
        return Response(RateShape(rate).data, status=201 if is_new else 200)

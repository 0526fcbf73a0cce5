"""Many customers or purchases at once: the shape of each row is checked by msgspec, each row has its own answer."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal

import msgspec
import structlog
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ParseError, ValidationError
from rest_framework.response import Response

from api import plain
from api.idempotency import idempotent
from api.parsing import AsItCame
from api.resource import MOST_ROWS, Id, Resource
from api.v1.customers import PersonIn, source
from crm import apart
from crm.http import LARGEST_ID
from crm.problems import Problem
from customers import channels, intake
from customers.cleaning import Allowed, Person
from sales import recording
from sales.recording import MOST_CENTS

MOST_PIECES = Decimal("999999999.999")  # with more the column overflows
log = structlog.get_logger("filo.api")
NUL = rb"\u0000"
TOO_LONG = "There are more than 1,000 rows. Send them in several requests."
OurId = Annotated[int, msgspec.Meta(ge=1, le=LARGEST_ID)]
Short = Annotated[str, msgspec.Meta(max_length=200)]
Address = Annotated[str, msgspec.Meta(max_length=320)]
Text = Annotated[str, msgspec.Meta(max_length=2_000)]


class Consent(msgspec.Struct, forbid_unknown_fields=True):
    purpose: Literal["service", "offers", "surveys"]
    channel: Literal[tuple(one.key for one in channels.asked())]
    is_given: bool
    address: Address = ""
    at: Annotated[datetime, msgspec.Meta(tz=True)] | None = None
    basis: Literal["consent", "existing_customer", "contract", "legitimate_interest"] = "consent"
    proof: Text = ""


class Reference(msgspec.Struct, forbid_unknown_fields=True):
    system: Annotated[str, msgspec.Meta(max_length=60)]
    value: Short


class Row(msgspec.Struct, forbid_unknown_fields=True):
    """A customer as PersonIn says, without keeper and team."""

    reference: Short = ""
    kind: Literal["", "person", "company", "household"] = ""
    name: Short = ""
    first_name: Short = ""
    last_name: Short = ""
    pronoun: Short = ""
    emails: list[Address] = []
    phones: list[Short] = []
    references: list[Reference] = []
    language: Short = ""
    country: Short = ""
    time_zone: Short = ""
    city: Short = ""
    address: Text = ""
    born_on: date | None = None
    custom: dict[str, str | int | float | bool | None] = {}
    company: Short = ""
    account_id: OurId | None = None
    role: Short = ""
    consents: list[Consent] = []

    def person(self) -> Person:
        given = {name: getattr(self, name) for name in self.__struct_fields__ if name not in ("references", "consents")}
        return Person(
            **given,
            references=[(each.system, each.value) for each in self.references],
            allowed=[Allowed(**msgspec.structs.asdict(each)) for each in self.consents],
        )


class Line(msgspec.Struct, forbid_unknown_fields=True):
    """A purchase as PurchaseIn says."""

    purchased_on: date
    amount_cents: Annotated[int, msgspec.Meta(ge=-MOST_CENTS, le=MOST_CENTS)]
    currency: Annotated[str, msgspec.Meta(pattern=r"\A[A-Z]{3}\Z")]
    customer_ref: Short = ""
    customer_id: OurId | None = None
    quantity: Decimal = Decimal(1)
    product: Short = ""
    sku: Annotated[str, msgspec.Meta(max_length=80)] = ""
    order_ref: Annotated[str, msgspec.Meta(max_length=120)] = ""
    line_ref: Short = ""

    def __post_init__(self) -> None:
        if not self.quantity.is_finite() or abs(self.quantity) > MOST_PIECES:
            raise ValueError("“quantity” must be a number below a thousand million.")


class BulkPersonIn(PersonIn):
    """One customer of many: keeper and team are not set here, `system` is said once."""

    system = keeper = team = None


class Envelope(msgspec.Struct, forbid_unknown_fields=True):
    rows: list[msgspec.Raw]
    system: Annotated[str, msgspec.Meta(max_length=60)] = ""


def opened(request) -> Envelope:
    """Return the body's envelope, its rows not yet read. Raises ParseError, ValidationError."""
    try:
        envelope = msgspec.json.decode(request.data or b"", type=Envelope)
    except msgspec.ValidationError as error:
        raise ValidationError({"": [plain.said(str(error))]}) from None
    except msgspec.DecodeError as error:
        raise ParseError(str(error)) from None
    if "\x00" in envelope.system:
        raise ValidationError({"system": ["Null characters are not allowed."]})
    if len(envelope.rows) > MOST_ROWS:
        raise ValidationError({"rows": [TOO_LONG]})
    return envelope


def read(rows: list[msgspec.Raw], shape: type[msgspec.Struct]) -> tuple[list[tuple[int, Any]], dict[int, str]]:
    """Return [(place, row)] of those that have the shape, and {place: what is wrong} of the others."""
    decoder, good, bad = msgspec.json.Decoder(shape), [], {}
    for place, raw in enumerate(rows):
        try:
            if NUL in bytes(raw):
                raise ValueError("Null characters are not allowed.")
            good.append((place, decoder.decode(raw)))
        except (ValueError, RecursionError) as error:
            bad[place] = f"Row {place + 1}: {plain.said(str(error))}"
    return good, bad


def _refused(raised: list[tuple[tuple[int, Any], Exception]]) -> dict[int, str]:
    """Return {place: what is said} of rows that have their shape and raise all the same; our log says what."""
    words = {}
    for (place, _row), error in raised:
        log.error("row refused", row=place + 1, exc_info=error)
        why = str(error) if isinstance(error, Problem) else "it could not be taken. The others were."
        words[place] = f"Row {place + 1}: {why}"
    return words


class CustomersIn(serializers.Serializer):
    system = serializers.CharField(required=False, default="", max_length=60, allow_blank=True)
    rows = BulkPersonIn(many=True, max_length=MOST_ROWS)


class CustomerResult(serializers.Serializer):
    index = serializers.IntegerField(help_text="Of the row, from 0.")
    outcome = serializers.ChoiceField(choices=["made", "updated", "same", "refused"])
    customer_id = serializers.IntegerField(allow_null=True)
    notes = serializers.ListField(child=serializers.CharField(), help_text="What could not be read; the rest landed.")


class CustomersOut(serializers.Serializer):
    made = serializers.IntegerField()
    updated = serializers.IntegerField()
    same = serializers.IntegerField()
    refused = serializers.IntegerField()
    results = CustomerResult(many=True)


class BulkCustomers(Resource):
    scopes = {"POST": "customers:write"}
    names = {"POST": "register_customers"}
    parser_classes = [AsItCame]

    @extend_schema(summary="Register or update many customers", request=CustomersIn, responses=CustomersOut)
    @idempotent
    def post(self, request):
        """Register or update up to 1,000 customers in one transaction; a row that does not fit is refused alone.

        Each row is taken as a single customer is. `results` are in the order of the rows.
        """
        envelope = opened(request)
        good, bad = read(envelope.rows, Row)
        said = {"source": source(request), "system": envelope.system, "seer": request.user}
        batch, raised = apart.together(
            good, lambda some: intake.register_many([row.person() for _place, row in some], **said)
        )
        bad |= _refused(raised)
        results = {place: _result(place, "refused", None, [words]) for place, words in bad.items()}
        taken = [place for place, _row in good if place not in bad]
        for place, result in zip(taken, batch.results, strict=True):
            results[place] = _result(place, result.outcome, result.customer_id, result.notes)
        rows = [results[place] for place in sorted(results)]
        counts = {name: sum(row["outcome"] == name for row in rows) for name in ("made", "updated", "same", "refused")}
        return Response({**counts, "results": rows})


def _result(place: int, outcome: str, customer_id: int | None, notes: list[str]) -> dict[str, Any]:
    return {"index": place, "outcome": outcome, "customer_id": customer_id, "notes": list(map(str, notes))}


class PurchaseIn(serializers.Serializer):
    """One line of an order. The buyer is `customer_id`, or `customer_ref` in `system`."""

    purchased_on = serializers.DateField()
    amount_cents = serializers.IntegerField(min_value=-MOST_CENTS, max_value=MOST_CENTS, help_text="The line's total.")
    currency = serializers.RegexField("^[A-Z]{3}$")
    customer_ref = serializers.CharField(required=False, allow_blank=True, max_length=200)
    customer_id = Id(required=False, allow_null=True)
    quantity = serializers.DecimalField(required=False, max_digits=12, decimal_places=3)
    product = serializers.CharField(required=False, allow_blank=True, max_length=200)
    sku = serializers.CharField(required=False, allow_blank=True, max_length=80)
    order_ref = serializers.CharField(required=False, allow_blank=True, max_length=120)
    line_ref = serializers.CharField(
        required=False,
        allow_blank=True,
        max_length=200,
        help_text="The line's own number: with it nothing counts twice.",
    )


class PurchasesIn(serializers.Serializer):
    system = serializers.CharField(required=False, default="", max_length=60, allow_blank=True)
    rows = PurchaseIn(many=True, max_length=MOST_ROWS)


class SkippedShape(serializers.Serializer):
    index = serializers.IntegerField(help_text="Of the row, from 0.")
    reason = serializers.CharField()


class PurchasesOut(serializers.Serializer):
    made = serializers.IntegerField()
    same = serializers.IntegerField(help_text="Were in already.")
    skipped = SkippedShape(many=True)
    sums = serializers.DictField(child=serializers.IntegerField(), help_text="Cents of what is new, by currency.")


def _line(row: tuple[int, Line]) -> recording.Line:
    return recording.Line(**msgspec.structs.asdict(row[1]))


class BulkPurchases(Resource):
    scopes = {"POST": "purchases:write"}
    names = {"POST": "record_purchases"}
    parser_classes = [AsItCame]

    @extend_schema(summary="Record purchases", request=PurchasesIn, responses=PurchasesOut)
    @idempotent
    def post(self, request):
        """Record up to 1,000 purchases in one transaction; the same lines again change nothing.

        A line whose customer is unknown, is one of several with that number, or is not seen by this key is skipped with
        the reason, and the rest lands. A line without `line_ref` is known by its content, and by how many equal ones
        come before it in the request.
        """
        envelope = opened(request)
        good, bad = read(envelope.rows, Line)
        said = {"source": source(request), "system": envelope.system, "seer": request.user}
        done, raised = apart.together(good, lambda some: recording.record_many(list(map(_line, some)), **said))
        bad |= _refused(raised)
        taken = [place for place, _line in good if place not in bad]
        skipped = bad | {taken[n]: str(why) for n, why in done.skipped}
        rows = [{"index": place, "reason": skipped[place]} for place in sorted(skipped)]
        return Response({"made": done.made, "same": done.same, "skipped": rows, "sums": dict(done.sums)})

"""Customers: list, find, read, register or update."""

from operator import itemgetter

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.response import Response

from api.idempotency import idempotent
from api.resource import ChannelChoice, Choice, Colleague, Id, Resource
from api.schema import paged
from api.shapes import ColleagueShown
from api.v1.finding import CustomersQuery, narrowed
from customers import intake, searching
from customers.cleaning import Allowed, Person
from customers.models import Basis, Customer, Purpose
from staff.models import Team

MOST_FOUND = 50  # customers by search: it has no further pages


class ContactPointShape(serializers.Serializer):
    channel = serializers.CharField(help_text="email, phone or reference.")
    system = serializers.CharField(help_text="Whose number a reference is.")
    value = serializers.CharField(help_text="In normal form: lower case, E.164, as given.")
    label = serializers.CharField()
    is_first_choice = serializers.BooleanField()
    is_shared = serializers.BooleanField(help_text="With others: recognises nobody alone.")
    line = serializers.CharField(
        help_text="Of a phone: mobile, fixed (a landline), or empty: its number does not tell."
    )
    verified_at = serializers.DateTimeField(allow_null=True)
    bounced_at = serializers.DateTimeField(allow_null=True)
    dead_on = serializers.DictField(
        source="unreached",
        child=serializers.CharField(),
        help_text='Channels that do not reach it, though it lives, and why: `{"sms": "Unknown handset"}`.',
    )


class CustomerShape(serializers.Serializer):
    """A person, company or household, with their addresses."""

    id = serializers.IntegerField()
    kind = serializers.CharField()
    name = serializers.CharField()
    first_name = serializers.CharField()
    last_name = serializers.CharField()
    pronoun = serializers.CharField()
    language = serializers.CharField()
    country = serializers.CharField()
    time_zone = serializers.CharField()
    city = serializers.CharField()
    address = serializers.CharField()
    born_on = serializers.DateField(allow_null=True)
    account = serializers.IntegerField(source="account_id", help_text="Who buys for them; of a lone person themselves.")
    keeper = ColleagueShown(allow_null=True)
    team = serializers.CharField(source="team.name", allow_null=True, default=None)
    custom = serializers.DictField(help_text="Custom fields by key.")
    source = serializers.CharField()
    version = serializers.IntegerField(help_text="Grows with each change.")
    created_at = serializers.DateTimeField()
    changed_at = serializers.DateTimeField()
    contact_points = ContactPointShape(many=True)


class ConsentIn(serializers.Serializer):
    """One yes or no, for one address or, without one, for all of the channel."""

    purpose = Choice(choices=Purpose.values)
    channel = ChannelChoice(is_asked=True)
    is_given = serializers.BooleanField()
    address = serializers.CharField(required=False, default="", allow_blank=True, max_length=320)
    at = serializers.DateTimeField(required=False, default=None, allow_null=True, help_text="When it was said.")
    basis = Choice(required=False, default=Basis.CONSENT.value, choices=Basis.values)
    proof = serializers.CharField(required=False, default="", allow_blank=True, max_length=2_000)


class ReferenceIn(serializers.Serializer):
    system = serializers.CharField(max_length=60)
    value = serializers.CharField(max_length=200)


@extend_schema_field({"type": ["string", "number", "boolean"]})
class CustomValue(serializers.Field):
    """Text, a number, a day as text, a choice, or yes and no."""

    def to_internal_value(self, value):
        if isinstance(value, bool | int | float):
            return value
        return serializers.CharField(max_length=2_000, allow_blank=True).run_validation(value)


class PersonIn(serializers.Serializer):
    """What you know about a customer. What is left out or empty changes nothing."""

    system = serializers.CharField(required=False, default="", max_length=60, help_text="Whose number `reference` is.")
    reference = serializers.CharField(required=False, default="", allow_blank=True, max_length=200)
    kind = Choice(required=False, choices=Customer.Kind.values)
    name = serializers.CharField(required=False, allow_blank=True, max_length=200)
    first_name = serializers.CharField(required=False, allow_blank=True, max_length=100)
    last_name = serializers.CharField(required=False, allow_blank=True, max_length=100)
    pronoun = serializers.CharField(required=False, allow_blank=True, max_length=10)
    emails = serializers.ListField(child=serializers.CharField(max_length=320), required=False, max_length=20)
    phones = serializers.ListField(child=serializers.CharField(max_length=40), required=False, max_length=20)
    references = ReferenceIn(many=True, required=False, help_text="Their numbers in further systems.")
    language = serializers.CharField(required=False, allow_blank=True, max_length=20)
    country = serializers.CharField(required=False, allow_blank=True, max_length=60)
    time_zone = serializers.CharField(required=False, allow_blank=True, max_length=60)
    city = serializers.CharField(required=False, allow_blank=True, max_length=100)
    address = serializers.CharField(required=False, allow_blank=True, max_length=1_000)
    born_on = serializers.DateField(required=False, allow_null=True)
    custom = serializers.DictField(child=CustomValue(), required=False)
    company = serializers.CharField(
        required=False, allow_blank=True, max_length=200, help_text="Made if there is none."
    )
    account_id = Id(required=False, allow_null=True)
    role = serializers.CharField(required=False, allow_blank=True, max_length=100, help_text="With that account.")
    consents = ConsentIn(many=True, required=False)
    keeper = Colleague(required=False, allow_null=True, help_text="A colleague's e-mail address.")
    team = serializers.SlugRelatedField(
        slug_field="name", queryset=Team.objects.all(), required=False, allow_null=True, help_text="A team's name."
    )


class Customers(Resource):
    scopes = {"GET": "customers:read", "POST": "customers:write"}
    names = {"GET": "list_customers", "POST": "register_customer"}

    @extend_schema(summary="List or find customers", parameters=[CustomersQuery], responses=paged(CustomerShape))
    def get(self, request):
        """List customers by id, or find them: with `q` the best matches come first, on one page."""
        asked = self.query(CustomersQuery)
        rows = whole(narrowed(Customer.objects.visible_to(request.user), asked, request.user))
        if "q" in asked:
            found = [hit.customer_id for hit in searching.find(asked["q"], request.user, MOST_FOUND)]
            rows = sorted(rows.filter(pk__in=found), key=lambda one: found.index(one.pk))
            return Response({"next": None, "previous": None, "results": [draw(one) for one in rows[: asked["size"]]]})
        return self.page(rows, order=("id",), asked=asked, draw=draw)

    @extend_schema(
        summary="Register or update a customer", request=PersonIn, responses={200: CustomerShape, 201: CustomerShape}
    )
    @idempotent
    def post(self, request):
        """Register a customer, or update the one who has this number or address. 201 if they are new.

        What is left out or empty changes nothing. Whom this key does not see it does not change either (403).
        """
        body = self.body(PersonIn)
        body.setdefault("team", request.auth.team)  # a key of one team registers for that
        customer, is_new = intake.register(
            person(body), source=source(request), system=body["system"], seer=request.user
        )
        allow_only_seen(request, [customer.pk])
        location = {"Location": f"/api/v1/customers/{customer.pk}/"}
        return Response(draw(customer), status=201 if is_new else 200, headers=location)


class OneCustomer(Resource):
    scopes = {"GET": "customers:read"}
    names = {"GET": "read_customer"}

    @extend_schema(summary="Read a customer", responses=CustomerShape)
    def get(self, request, pk):
        """Read one customer."""
        return Response(draw(self.customer(pk)))


def whole(rows: QuerySet) -> QuerySet:
    """Load what CustomerShape shows, in three queries for a page."""
    return rows.select_related("keeper", "team").prefetch_related("contact_points")


def draw(customer: Customer) -> dict:
    shown = CustomerShape(customer).data
    shown["contact_points"].sort(key=itemgetter("channel", "value", "system"))  # not as their rows happen to lie
    return shown


def person(body: dict) -> Person:
    """Return what intake takes of a checked body."""
    plain = {name: value for name, value in body.items() if value is not None}
    plain.pop("system", None)
    consents, keeper, team = plain.pop("consents", []), plain.pop("keeper", None), plain.pop("team", None)
    references = [(each["system"], each["value"]) for each in plain.pop("references", [])]
    return Person(
        **plain,
        references=references,
        allowed=[Allowed(**each) for each in consents],
        keeper_id=keeper and keeper.pk,
        team_id=team and team.pk,
    )


def allow_only_seen(request, ids: list[int | None]) -> None:
    """Refuse what a key did to customers of other teams: the whole request is undone. Raises PermissionDenied."""
    if request.user.scope("customers") == "all":
        return
    wanted = {pk for pk in ids if pk is not None}
    if Customer.objects.visible_to(request.user).filter(pk__in=wanted).count() < len(wanted):
        raise PermissionDenied


def source(request) -> str:
    """Return where what this key writes comes from."""
    return f"api: {request.auth.name}"[:60]

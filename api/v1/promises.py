"""Promises: list, make, keep, move."""

from django.shortcuts import get_object_or_404
from django.utils.timezone import now
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from api.idempotency import idempotent
from api.resource import ChannelChoice, Choice, Colleague, Id, PageQuery, Resource, Text
from api.schema import paged
from api.shapes import PromiseShape
from interactions import promising
from interactions.models import Task
from staff.access import first_who_may

BY_DAY = "false: due by the end of that day in your organisation's time zone."


class PromisesQuery(PageQuery):
    status = Choice(required=False, default="open", choices=["open", "late", "kept", "dropped", "all"])
    customer = Id(required=False)
    owner = Colleague(required=False, help_text="A colleague's e-mail address.")


class PromiseIn(serializers.Serializer):
    """What is promised, to whom, by when. Its owner is the customer's keeper, if you do not say who.

    Refused with 422: a day that is over, and an owner who may not open promises.
    """

    customer = Id()
    what = Text(max_length=300)
    due_at = serializers.DateTimeField()
    has_time = serializers.BooleanField(required=False, default=True, help_text=BY_DAY)
    channel = ChannelChoice(required=False)
    owner = Colleague(required=False, allow_null=True, help_text="A colleague's e-mail address.")


class KeepingIn(serializers.Serializer):
    by = Colleague(required=False, allow_null=True, help_text="Who kept it; a colleague's e-mail address.")


class MoveIn(KeepingIn):
    due_at = serializers.DateTimeField()
    has_time = serializers.BooleanField(required=False, default=True, help_text=BY_DAY)
    why = Text(required=False, default="", allow_blank=True, max_length=300)


class Promises(Resource):
    scopes = {"GET": "promises:read", "POST": "promises:write"}
    names = {"GET": "list_promises", "POST": "make_promise"}

    @extend_schema(summary="List promises", parameters=[PromisesQuery], responses=paged(PromiseShape))
    def get(self, request):
        """List promises, first due first; the open ones if you do not say which."""
        asked = self.query(PromisesQuery)
        rows = Task.objects.visible_to(request.user).select_related("owner")
        if asked["status"] == "late":
            rows = rows.open().filter(due_at__lt=now())
        elif asked["status"] != "all":
            rows = rows.filter(status=asked["status"])
        rows = rows.filter(**{name: asked[name] for name in ("customer", "owner") if name in asked})
        return self.page(rows, order=("due_at", "id"), asked=asked, draw=draw)

    @extend_schema(summary="Make a promise", request=PromiseIn, responses={201: PromiseShape})
    @idempotent
    def post(self, request):
        """Promise something to a customer; without `owner` the customer's keeper has to keep it."""
        body = due(self.body(PromiseIn))
        customer, owner = self.customer(body.pop("customer")), body.pop("owner", None)
        owner = owner or first_who_may(Task.RIGHT, customer.keeper)
        task = promising.make(body.pop("what"), customer=customer, by=None, owner=owner, **body)
        return Response(draw(task), status=201, headers={"Location": f"/api/v1/promises/{task.pk}/"})


class OnePromise(Resource):
    scopes = {"GET": "promises:read"}
    names = {"GET": "read_promise"}

    @extend_schema(summary="Read a promise", responses=PromiseShape)
    def get(self, request, pk):
        """Read one promise."""
        return Response(draw(promise(request, pk)))


class Keeping(Resource):
    scopes = {"POST": "promises:write"}
    names = {"POST": "keep_promise"}

    @extend_schema(summary="Mark a promise as kept", request=KeepingIn, responses=PromiseShape)
    @idempotent
    def post(self, request, pk):
        """Say that a promise was kept. 409 if it is not open any more."""
        body, task = self.body(KeepingIn), promise(request, pk)
        promising.keep(task, by=body.get("by"))
        return Response(draw(task))


class Moves(Resource):
    scopes = {"POST": "promises:write"}
    names = {"POST": "move_promise"}

    @extend_schema(summary="Move a promise", request=MoveIn, responses=PromiseShape)
    @idempotent
    def post(self, request, pk):
        """Give a promise another day; it keeps its first one. 409 if it is not open any more."""
        body, task = due(self.body(MoveIn)), promise(request, pk)
        promising.move(task, by=body.pop("by", None), **body)
        return Response(draw(task))


def due(body: dict) -> dict:
    """Return what was sent, due at the end of its day unless a time was meant."""
    return body if body["has_time"] else {**body, "due_at": promising.end_of_day(body["due_at"])}


def promise(request, pk: int) -> Task:
    return get_object_or_404(Task.objects.visible_to(request.user).select_related("owner", "customer"), pk=pk)


def draw(task: Task) -> dict:
    return PromiseShape(task).data

"""Promises: list, make, keep, move."""

import re
from datetime import date, datetime

from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from api.idempotency import idempotent
from api.resource import ChannelChoice, Choice, Colleague, Id, PageQuery, Resource, Text
from api.schema import paged
from api.shapes import PromiseShape
from interactions import by_when, promising
from interactions.models import Task
from staff.access import first_who_may

A_DAY = re.compile(r"\d{4}-\d\d-\d\d")
DAY = "The day by which it is due. Where it is over is decided by your organisation's time zone."
MOMENT = "Instead of `due_on`, where a time was said."
BY_DAY = "false: the day that `due_at` is on in your organisation's time zone, as if it stood in `due_on`."


class PromisesQuery(PageQuery):
    status = Choice(required=False, default="open", choices=["open", "late", "kept", "dropped", "all"])
    customer = Id(required=False)
    owner = Colleague(required=False, help_text="A colleague's e-mail address.")


class Moment(serializers.DateTimeField):
    """A moment; who writes a day there means that day, not its midnight in London."""

    def to_internal_value(self, value) -> date | datetime:
        if isinstance(value, str) and A_DAY.fullmatch(value):
            return serializers.DateField().to_internal_value(value)
        return super().to_internal_value(value)


class DueIn(serializers.Serializer):
    """By when: a day, or a moment."""

    due_on = serializers.DateField(required=False, help_text=DAY)
    due_at = Moment(required=False, help_text=MOMENT)
    has_time = serializers.BooleanField(required=False, default=True, help_text=BY_DAY)

    def validate(self, said: dict) -> dict:
        """Return what was said with `due`, a day or a moment, instead of these three."""
        day, moment, has_time = said.pop("due_on", None), said.pop("due_at", None), said.pop("has_time")
        if (day is None) == (moment is None):
            raise serializers.ValidationError({"due_on": [_("Say a day in due_on, or a moment in due_at.")]})
        if isinstance(moment, datetime) and not has_time:
            day = by_when.day_of(moment)
        return {**said, "due": day or moment}


class PromiseIn(DueIn):
    """What is promised, to whom, by when. Its owner is the customer's keeper, if you do not say who.

    Refused with 422: a day that is over, and an owner who may not open promises.
    """

    customer = Id()
    what = Text(max_length=300)
    channel = ChannelChoice(required=False)
    owner = Colleague(required=False, allow_null=True, help_text="A colleague's e-mail address.")


class KeepingIn(serializers.Serializer):
    by = Colleague(required=False, allow_null=True, help_text="Who kept it; a colleague's e-mail address.")


class MoveIn(DueIn, KeepingIn):
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
            rows = rows.late()
        elif asked["status"] != "all":
            rows = rows.filter(status=asked["status"])
        rows = rows.filter(**{name: asked[name] for name in ("customer", "owner") if name in asked})
        return self.page(rows, order=("due_at", "id"), asked=asked, draw=draw)

    @extend_schema(summary="Make a promise", request=PromiseIn, responses={201: PromiseShape})
    @idempotent
    def post(self, request):
        """Promise something to a customer; without `owner` the customer's keeper has to keep it."""
        body = self.body(PromiseIn)
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
        body, task = self.body(MoveIn), promise(request, pk)
        promising.move(task, by=body.pop("by", None), **body)
        return Response(draw(task))


def promise(request, pk: int) -> Task:
    return get_object_or_404(Task.objects.visible_to(request.user).select_related("owner", "customer"), pk=pk)


def draw(task: Task) -> dict:
    return PromiseShape(task).data

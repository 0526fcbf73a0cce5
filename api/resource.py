"""What every resource does alike: check the shape of query and body, and answer in keyset pages."""

from collections.abc import Callable, Sequence
from typing import Any, ClassVar

from django.db.models import QuerySet
from django.http import Http404
from rest_framework import serializers
from rest_framework.response import Response
from rest_framework.views import APIView

from crm.http import LARGEST_ID
from crm.lists import page_of
from customers import channels
from customers.models import Customer
from staff.models import User

MOST_ROWS = 1_000  # of one bulk request


class Resource(APIView):
    """One address of the API. `scopes` says which scope each method needs; a method without one is refused."""

    scopes: ClassVar[dict[str, str]] = {}
    http_method_names = ["get", "head", "post"]  # what changes goes through POST: intake and verbs

    def query(self, shape: type[serializers.Serializer]) -> dict[str, Any]:
        """Return the query as `shape` says. Unknown names and wrong values are refused (422)."""
        known = shape().fields
        if unknown := set(self.request.query_params) - set(known):
            words = f"There is no such filter. There are: {', '.join(sorted(known))}."
            raise serializers.ValidationError({name: [words] for name in sorted(unknown)})
        return _checked(shape(data=self.request.query_params.dict()))  # a plain dict: empty is not missing

    def body(self, shape: type[serializers.Serializer], **options: Any) -> dict[str, Any]:
        """Return the body as `shape` says; unknown fields are refused, so that no typing error is lost."""
        given = self.request.data
        if isinstance(given, dict) and (unknown := set(given) - set(shape().fields)):
            raise serializers.ValidationError({name: ["There is no such field."] for name in sorted(unknown)})
        return _checked(shape(data=given, **options))

    def page(self, rows: QuerySet, *, order: Sequence[str], asked: dict[str, Any], draw: Callable) -> Response:
        """Answer one page of `rows`, with the addresses of its neighbours."""
        page = page_of(rows, order=order, cursor=asked.get("cursor") or None, size=asked["size"])
        links = {"next": self._link(page.older), "previous": self._link(page.newer)}
        return Response({**links, "results": [draw(row) for row in page]})

    def _link(self, cursor: str | None) -> str | None:
        if cursor is None:
            return None
        query = self.request._request.GET.copy()
        query["cursor"] = cursor
        return self.request.build_absolute_uri(f"{self.request.path}?{query.urlencode()}")

    def customer(self, pk: int) -> Customer:
        """Return a customer whom this key sees. Raises Http404."""
        found = Customer.objects.visible_to(self.request.user).filter(pk=pk).first()
        if found is None:
            raise Http404("customer")
        return found


def _checked(shape: serializers.Serializer) -> dict[str, Any]:
    shape.is_valid(raise_exception=True)
    return shape.validated_data


class PageQuery(serializers.Serializer):
    """What every list takes."""

    cursor = serializers.CharField(required=False, max_length=2_000, help_text="From `next` or `previous`.")
    size = serializers.IntegerField(required=False, default=50, min_value=1, max_value=200, help_text="Rows a page.")


class Text(serializers.CharField):
    """A text in a body: a number there is a slip, and is not written down as one."""

    default_error_messages = {"invalid": "Must be a text."}

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


class Id(serializers.IntegerField):
    """The id of something of ours."""

    def __init__(self, **options: Any):
        super().__init__(min_value=1, max_value=LARGEST_ID, **options)


class Choice(serializers.ChoiceField):
    """One of a few words; the refusal names them."""

    def __init__(self, choices: Any, **options: Any):
        words = f"Must be one of {', '.join(map(str, choices))}."
        super().__init__(choices, error_messages={"invalid_choice": words}, **options)


class ChannelChoice(Choice):
    """A channel, of those that are in the list when it is asked."""

    def __init__(self, *, is_asked: bool = False, **options: Any):
        some = channels.asked() if is_asked else channels.every()
        super().__init__([one.key for one in some], **options)


class Colleague(serializers.SlugRelatedField):
    """A colleague, by e-mail address."""

    default_error_messages = {"does_not_exist": "None of your colleagues signs in as “{value}”."}

    def __init__(self, **options: Any):
        super().__init__(slug_field="email", queryset=User.objects.filter(is_active=True), **options)

    def to_internal_value(self, data: Any) -> User:
        return super().to_internal_value(str(data).strip().lower()[:254].replace("\x00", ""))

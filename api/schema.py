"""How the API describes itself (OpenAPI 3.1): keys, problems and pages, said once for all operations."""

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiParameter, inline_serializer
from rest_framework import serializers

from api.idempotency import HEADER, LONGEST

PROBLEM = {
    "type": "object",
    "required": ["type", "title", "status"],
    "properties": {
        "type": {"type": "string", "examples": ["urn:filo:problem:invalid"]},
        "title": {"type": "string", "description": "What happened and what to do, in words."},
        "status": {"type": "integer"},
        "errors": {
            "type": "array",
            "description": "What is wrong with which field.",
            "items": {
                "type": "object",
                "required": ["field", "message"],
                "properties": {"field": {"type": "string"}, "message": {"type": "string"}},
            },
        },
    },
}
OF_ALL = {
    "400": "The request is damaged.",
    "401": "The key is missing, unknown, expired or revoked.",
    "403": "The key lacks a scope.",
    "404": "There is nothing here, or this key may not see it.",
    "406": "Only JSON is spoken here.",
    "422": "The shape is right, a rule says no; or the shape is wrong: see errors.",
    "429": "Too many requests; wait for Retry-After seconds.",
}
OF_WRITES = {
    "409": "Somebody was faster, or the first request with this Idempotency-Key is still at work.",
    "415": "Send application/json.",
}

OF_REMOVALS = {"409": "Nothing can be taken out of this one."}


class KeyScheme(OpenApiAuthenticationExtension):
    target_class = "api.keys.KeyAuthentication"
    name = "key"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer", "description": "A key from Settings, API keys."}


class Schema(AutoSchema):
    """Adds to each operation its scope, its problems and, where it writes, the Idempotency-Key."""

    def get_operation_id(self) -> str:
        return getattr(self.view, "names", {}).get(self.method) or super().get_operation_id()

    def get_description(self) -> str:
        scope = getattr(self.view, "scopes", {}).get(self.method, "")
        return f"{super().get_description()}\n\nScope: `{scope}`".strip()

    def get_override_parameters(self) -> list[Any]:
        more = super().get_override_parameters()
        if self.method == "POST":
            shape = {"type": "string", "minLength": 1, "maxLength": LONGEST, "pattern": "^[ -~]+$"}
            words = "The same request again with the same key gets the same answer, for two days."
            more = [*more, OpenApiParameter(HEADER, shape, OpenApiParameter.HEADER, description=words)]
        return more

    def get_operation(self, *args: Any, **kwargs: Any) -> dict[str, Any] | None:
        operation = super().get_operation(*args, **kwargs)
        if operation is not None:
            told = OF_ALL | (OF_WRITES if self.method == "POST" else OF_REMOVALS if self.method == "DELETE" else {})
            content = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
            for status, words in told.items():
                operation["responses"].setdefault(status, {"description": words, "content": content})
            operation["responses"] = dict(sorted(operation["responses"].items()))
        return operation


def with_problems(result: dict[str, Any], **kwargs: Any) -> dict[str, Any]:
    """Postprocessing hook: what a problem looks like."""
    result["components"].setdefault("schemas", {})["Problem"] = PROBLEM
    return result


def paged(shape: type[serializers.Serializer]) -> serializers.Serializer:
    """Return the shape of a keyset page of `shape`."""
    fields = {
        "next": serializers.URLField(allow_null=True, help_text="The page after this one; null at the end."),
        "previous": serializers.URLField(allow_null=True, help_text="The page before this one; null at the start."),
        "results": shape(many=True),
    }
    return inline_serializer(f"{shape.__name__.removesuffix('Shape')}Page", fields)

"""How a body is read: as JSON, or left as it came."""

from typing import Any

from rest_framework.exceptions import ParseError
from rest_framework.parsers import BaseParser, JSONParser


class Json(JSONParser):
    """JSON. What is nested deeper than Python follows is refused like what is none."""

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> Any:
        try:
            return super().parse(stream, media_type, parser_context)
        except RecursionError as error:
            raise ParseError("JSON parse error - it is nested too deep.") from error


class AsItCame(BaseParser):
    """Leaves the body to msgspec."""

    media_type = "application/json"

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> Any:
        return parser_context["request"]._request.body

"""JSON in, JSON out: nothing else is read or offered."""

from __future__ import annotations

import json
from typing import Any, NoReturn

from rest_framework.exceptions import ParseError
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.parsers import BaseParser


class StrictJson(BaseParser):
    """A body as JSON has it, at most `DATA_UPLOAD_MAX_MEMORY_SIZE` large; NaN and Infinity are not JSON."""

    media_type = "application/json"

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> Any:
        raw = parser_context["request"].body  # raises RequestDataTooBig
        try:
            return json.loads(raw.decode(), parse_constant=_no_number)
        except RecursionError:
            raise ParseError("This JSON is nested too deep to be meant.") from None
        except ValueError as error:
            raise ParseError(f"This is not JSON: {error}.") from None


def _no_number(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number")


class AlwaysJson(BaseContentNegotiation):
    """Whatever a client would rather have: a browser too gets JSON, and no page is needed for it."""

    def select_parser(self, request: Any, parsers: Any) -> Any:
        sent = (request.content_type or "").partition(";")[0].strip().lower()
        return next((parser for parser in parsers if parser.media_type == sent), None)

    def select_renderer(self, request: Any, renderers: Any, format_suffix: str | None = None) -> Any:
        return renderers[0], renderers[0].media_type

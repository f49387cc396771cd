"""Reports over the API: the same JSON as the command prints, for the same options."""

from __future__ import annotations

from typing import Any, ClassVar

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request as ApiRequest
from rest_framework.response import Response

from reporting.catalogue import REPORTS, read
from reporting.credited import MARKOV
from reporting.periods import WrongUsage
from reporting.scope import BASES, DIMENSIONS, MODELS
from smarketing.foundation.api.problems import Problem
from smarketing.foundation.api.views import Endpoint
from smarketing.foundation.models import ApiKey

DAY = {"type": "string", "format": "date"}
MOMENT = {"oneOf": [DAY, {"type": "string", "format": "date-time"}]}
SCHEMAS: dict[str, dict[str, Any]] = {
    "since": DAY,
    "until": DAY,
    "as_of": MOMENT,
    "known_at": MOMENT,
    "by": {"type": "string", "enum": DIMENSIONS},
    "model": {"type": "string", "enum": [*MODELS, MARKOV]},
    "basis": {"type": "string", "enum": BASES},
    "currency": {"type": "string", "pattern": "^[A-Z]{3}$"},
}
SAYS = {
    "since": "From this local day on.",
    "until": "Up to, not including, this local day.",
    "as_of": "Only what happened by then; a day means its end.",
    "known_at": "Only what was recorded by then.",
    "by": "What the rows are. Default: campaign.",
    "model": f"Who gets how much of a deal's revenue. Default: first. {MARKOV} in attribution alone.",
    "basis": "Leads born in the window, or what happened in it. Default: cohort.",
    "currency": "Default: the organisation's.",
}
TITLES = {
    "closed_loop": "The closed loop",
    "attribution": "Credited revenue",
    "funnel": "The funnel",
    "sla": "Promises kept and broken",
}


def endpoint(name: str) -> type[Endpoint]:
    """The view of one report."""
    make, allowed = REPORTS[name]

    class View(Endpoint):
        scopes: ClassVar = {"GET": ApiKey.Scope.READ_REPORTS}
        needs: ClassVar = {"GET": "reports.read"}

        @extend_schema(
            operation_id=f"reports_{name}",
            tags=["reports"],
            summary=TITLES[name],
            description=f"What `manage.py report {name} --json` prints. Money is text with the decimals of its "
            "currency; a rate comes with what it is of; docs/reports.md says what each figure means.",
            parameters=[
                OpenApiParameter(option, SCHEMAS[option], description=SAYS[option]) for option in allowed
            ],
            responses=OpenApiTypes.OBJECT,
        )
        def get(self, request: ApiRequest) -> Response:
            try:
                return Response(make(**read(name, _given(request), allowed)))
            except WrongUsage as error:
                raise Problem(400, str(error)) from None

    View.__name__ = View.__qualname__ = f"Report{name.title().replace('_', '')}"
    return View


def _given(request: ApiRequest) -> dict[str, str]:
    """The options of the address, each given once and with a value."""
    for option, values in request.query_params.lists():
        if len(values) > 1 or not values[0]:
            raise Problem(400, f"Give {option} once, with a value, or leave it out.")
    return request.query_params.dict()

"""Each move of a lead as an address: it finds the lead, reads the body and calls the act."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request as ApiRequest
from rest_framework.response import Response

from leads import access, deals, handover, suppression, undo
from leads.api import bodies
from leads.api.leads import shown, visible
from leads.api.shapes import LeadSerializer
from leads.models import Lead
from leads.stages import Move
from smarketing.foundation.api.fields import Strict
from smarketing.foundation.api.idempotency import idempotent
from smarketing.foundation.api.views import Endpoint, body
from smarketing.foundation.models import ApiKey


@dataclass(frozen=True)
class Act:
    name: str
    do: Callable[..., Lead]
    body: type[Strict]
    summary: str
    says: str = ""
    needs: str = ""  # a capability without which the role alone forbids it

    @property
    def move(self) -> Move | None:
        return Move(self.name) if self.name in Move.values and self.name != Move.UNDO else None


ACTS = [
    Act(
        "qualify",
        handover.qualify,
        bodies.Qualify,
        "Hand a lead over to sales",
        "It becomes an MQL; a rep who is there gets it at once, else it waits to be claimed.",
    ),
    Act(
        "claim",
        handover.claim,
        bodies.Nothing,
        "Take an MQL that nobody owns",
        "Of two who claim it at once the second is told who was first.",
        "leads.claim",
    ),
    Act("accept", handover.accept, bodies.Nothing, "Accept an MQL", "It becomes an SAL."),
    Act(
        "reject",
        handover.reject,
        bodies.Reject,
        "Reject an MQL",
        "The definitions in force say which reasons bar the person for good; by any other it goes back to nurture.",
    ),
    Act(
        "advance",
        deals.advance,
        bodies.Advance,
        "Make an SAL an SQL",
        "There is a deal: the open one of the lead, or a new one with this amount.",
    ),
    Act("win", deals.win, bodies.Win, "Win the deal", "The lead becomes a customer."),
    Act("lose", deals.lose, bodies.Lose, "Lose the deal", "The lead keeps its stage."),
    Act(
        "recycle",
        handover.recycle,
        bodies.Recycle,
        "Return a lead to nurture",
        "Until a day. Its open deals are closed with the same reason.",
    ),
    Act(
        "disqualify",
        suppression.disqualify,
        bodies.Disqualify,
        "Disqualify a lead",
        "It enters the never-again register; only both heads together can reopen it.",
    ),
    Act("churn", deals.churn, bodies.Churn, "A customer has left", "What was earned stays earned."),
    Act(
        "undo",
        undo.undo,
        bodies.Undo,
        "Take back the last move",
        "Your own, within ten minutes, if nothing happened to the lead since.",
    ),
    Act(
        "reassign",
        handover.reassign,
        bodies.Reassign,
        "Give a lead to somebody else",
        "An open hand-over goes along.",
        "leads.act_on_any",
    ),
]


def endpoint(act: Act) -> type[Endpoint]:
    """The view of one act."""

    class View(Endpoint):
        scopes = {"POST": ApiKey.Scope.WRITE_LEADS}
        needs = {"POST": act.needs} if act.needs else {}

        @extend_schema(
            operation_id=f"leads_{act.name}",
            tags=["moves"],
            summary=act.summary,
            description=act.says,
            request=act.body,
            responses=LeadSerializer,
        )
        @idempotent
        def post(self, request: ApiRequest, id: int) -> Response:
            lead = visible(request.user, id)
            if act.move is not None:  # who may not move it at all is told so before what the body lacks
                access.ensure_may_move(request.user, act.move, lead)
            given: dict[str, Any] = body(act.body, request)
            act.do(lead.pk, by=request.user, **given)
            return Response(shown(lead.pk, request.user))

    View.__name__ = View.__qualname__ = act.name.title()
    return View

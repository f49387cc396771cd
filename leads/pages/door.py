"""The one way from a page to a lead: only those the person may see; anyone else's answers 404."""

from datetime import datetime
from functools import cache

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import CharField, OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce, Concat, JSONObject
from django.http import Http404

from leads import access
from leads.models import Appeal, Assignment, Definition, ExternalId, Lead, Snooze
from leads.models.lead import sight_of
from leads.stages import Move
from smarketing.foundation.models import Organisation
from smarketing.foundation.requests import Request
from smarketing.foundation.statements import Statement

SNOOZES = 40  # of one lead, the latest


def visible_lead(request: Request, pk: int, *, to: Move | None = None) -> Lead:
    """The lead, if this person may see it (else 404) and, given a move, may make it (else 403)."""
    lead = Lead.objects.visible_to(request.user).select_related("owner").filter(pk=pk).first()
    if lead is None:
        raise Http404
    if to is not None:
        access.ensure_may_move(request.user, to, lead)
    return lead


def whole_lead(request: Request, pk: int) -> Lead:
    """The same door, with everything a page about one lead says of it, in one query."""
    sight = sight_of(request.user)
    lead = _whole(frozenset(sight)).first(pk=pk, **sight)
    if lead is None:
        raise Http404
    return lead


@cache
def _whole(sight: frozenset[str]) -> Statement[Lead]:
    """The query, for people whose sight is made of these."""
    return Statement(lambda pk, **seen: with_facts(Lead.objects.in_sight(**seen)).filter(pk=pk))


def with_facts(leads: QuerySet[Lead]) -> QuerySet[Lead]:
    names = Concat("source", Value(" "), "external_id", output_field=CharField())
    external = ExternalId.objects.filter(lead=OuterRef("pk")).order_by("id").values_list(names)
    return leads.select_related("account", "campaign", "channel", "owner", "merged_into", "score").annotate(
        other_names=ArraySubquery(external),
        appeals_open=_open_appeal(),
        naps=_snoozes(),
        given=_last_assignment(),
        scored_by=_scored_by(),
        currency=Subquery(Organisation.objects.values("currency")[:1]),
    )


def _snoozes() -> ArraySubquery:
    """The latest times it was put off, newest first."""
    rows = Snooze.objects.filter(lead=OuterRef("pk")).order_by("-id")
    said = JSONObject(
        pk="pk",
        by_id="by_id",
        name=Coalesce("by__name", "by__email"),
        owner_id="owner_id",
        seq="seq",
        at="at",
        until_at="until_at",
        ended_at="ended_at",
        ending="ending",
        text="note__text",
        note_id="note_id",
    )
    return ArraySubquery(rows.values(json=said)[:SNOOZES])


def _scored_by() -> Subquery:
    """The signed version that its score was computed under; null of the unsigned default."""
    rows = Definition.objects.filter(version=OuterRef("score__definition_version"))
    return Subquery(rows.values(json=JSONObject(pk="pk", since="in_force_from")))


def _last_assignment() -> ArraySubquery:
    """Why its owner has it: the rule, and between how many it chose."""
    rows = Assignment.objects.filter(lead=OuterRef("pk")).order_by("-id")
    return ArraySubquery(rows.values(json=JSONObject(rule="rule", candidates="candidates"))[:1])


def snoozes_of(lead: Lead) -> list[Snooze]:
    """The same as rows, each with the `name` of its author and the `text` of its note."""
    found = []
    for said in map(dict, lead.naps):  # type: ignore[attr-defined]
        name, text = said.pop("name"), said.pop("text")
        for moment in ("at", "until_at", "ended_at"):
            said[moment] = datetime.fromisoformat(said[moment]) if said[moment] else None
        row = Snooze(lead=lead, **said)
        row.name, row.text = name, text or ""  # type: ignore[attr-defined]
        found.append(row)
    return found


def _open_appeal() -> ArraySubquery:
    waiting = Appeal.objects.filter(lead=OuterRef("pk"), change=None)
    return ArraySubquery(
        waiting.values(
            json=JSONObject(
                by=Coalesce("by__name", "by__email"),
                marketing="marketing_by__name",
                sales="sales_by__name",
                marketing_by_id="marketing_by",
                sales_by_id="sales_by",
                text="note__text",
            )
        )[:1]
    )

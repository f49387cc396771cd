"""Clocks over the API: which promise runs for which lead, and how it stands."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db.models import QuerySet
from django.utils.timezone import now
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request as ApiRequest
from rest_framework.response import Response

from leads.models import Lead
from sla import statuses
from sla.models import Clock, Commitment
from smarketing.foundation.api.fields import Moment, NamedSerializer, Text, Whole
from smarketing.foundation.api.views import Endpoint, PageQuery, page, page_of, query
from smarketing.foundation.models import ApiKey, User

NONE = "none"
FILTERS = {"status": "status", "commitment": "commitment__key", "lead": "lead"}


class CommitmentSerializer(serializers.Serializer):
    """The promise that the clock is about."""

    key = serializers.CharField()
    name = serializers.CharField()
    team = serializers.ChoiceField(Commitment.Team.choices)
    within_minutes = serializers.IntegerField(help_text="Working minutes that are given.")
    agreement = serializers.IntegerField(source="agreement.version", help_text="Version; 0 is the default.")


class ClockSerializer(serializers.Serializer):
    """One lead under one promise, as it stands at the moment of the answer."""

    id = serializers.IntegerField()
    lead = NamedSerializer()
    commitment = CommitmentSerializer()
    owner = NamedSerializer(
        allow_null=True, help_text="Who holds the lead; once it stopped or fell due: who held it then."
    )
    status = serializers.ChoiceField(statuses.Status.choices)
    tone = serializers.ChoiceField(statuses.Tone.choices, help_text="How pressing it is.")
    occurred_at = Moment(help_text="When the lead moved.")
    captured_at = Moment(help_text="When we learned of it.")
    assigned_at = Moment(allow_null=True)
    touched_at = Moment(allow_null=True, help_text="First contact by a person.")
    started_at = Moment()
    warn_at = Moment(allow_null=True)
    due_at = Moment(allow_null=True, help_text="None where the owner's calendar has no working time ahead.")
    stopped_at = Moment(allow_null=True)
    ended = serializers.ChoiceField(Clock.Ended.choices, allow_blank=True, help_text="Empty while it runs.")
    worked_seconds = serializers.IntegerField(
        allow_null=True, help_text="Working time from start to stop, once it stopped."
    )


class ClockQuery(PageQuery):
    status = serializers.ChoiceField(statuses.Status.choices, required=False)
    commitment = Text(required=False, max_length=40, help_text="The key of a promise.")
    owner = serializers.RegexField(
        rf"^({NONE}|[0-9]{{1,18}})$", required=False, help_text="A number, or `none`."
    )
    lead = Whole(required=False, min_value=1)


def found(user: User, given: dict[str, Any]) -> QuerySet[Clock]:
    """The clocks of leads that this person may see, with their status now."""
    clocks = Clock.objects.counted().with_status(now()).filter(lead__in=Lead.objects.visible_to(user))
    for name, column in FILTERS.items():
        if name in given:
            clocks = clocks.filter(**{column: given[name]})
    if "owner" in given:
        clocks = clocks.filter(owner=None if given["owner"] == NONE else int(given["owner"]))
    return clocks.select_related("lead", "owner", "commitment", "commitment__agreement")


class Clocks(Endpoint):
    scopes: ClassVar = {"GET": ApiKey.Scope.READ}

    @extend_schema(
        operation_id="clocks_list",
        tags=["clocks"],
        summary="Find clocks",
        description="Newest first by start, of leads that you may see; those of moves that were taken back are not "
        "among them. The status is that of every page and report: computed as of now, never stored.",
        parameters=[ClockQuery],
        responses=page_of(ClockSerializer, "ClockPage"),
    )
    def get(self, request: ApiRequest) -> Response:
        given = query(ClockQuery, request)
        return page(found(request.user, given), "started_at", given, ClockSerializer)

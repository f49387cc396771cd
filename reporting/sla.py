"""Who keeps which promise: of responses the clocks started in the window, of volumes the periods in it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from django.db.models import Aggregate, Count, FloatField, Q, QuerySet

from leads.definitions import in_force
from reporting.among import EVERYBODY, Among
from reporting.closed_loop import share
from reporting.figures import ALL
from reporting.periods import iso
from reporting.promises import Promised, make_window
from reporting.scope import Scope
from reporting.snapshot import snapshot
from sla import agreements, tallies
from sla.models import Agreement, Commitment
from sla.statuses import Status
from smarketing.foundation.models import User

Row = dict[str, Any]
COUNTED = [str(status) for status in Status]


class Median(Aggregate):
    """PostgreSQL's percentile_cont of one half; NULL of nothing."""

    function = "percentile_cont"
    template = "%(function)s(0.5) WITHIN GROUP (ORDER BY %(expressions)s)"
    output_field = FloatField()


def sla(
    *,
    since: date | None = None,
    until: date | None = None,
    as_of: date | datetime | None = None,
) -> Row:
    """The report as RULES.md describes it, ready for JSON; only what had happened by `as_of` counts."""
    return sla_of(make_window(since=since, until=until, as_of=as_of))


def sla_of(scope: Scope, among: Among = EVERYBODY) -> Row:
    """One look at the database, however many promises and people there are."""
    agreements.ensure_default()
    with snapshot():
        staff = tallies.office(scope.as_of, among.of_reps())
        report = told(scope, commitments_of(scope), among, staff, _names())
    return report | {"definition_version": in_force(scope.as_of).version}


def told(
    scope: Scope,
    promises: list[Commitment],
    among: Among,
    staff: tallies.Office,
    names: dict[int | None, str | None],
    began: Mapping[str, date] | None = None,
) -> Row:
    """The report on these promises. Volumes are promised for all campaigns together: of one nothing is told.

    `began`: of a volume promise, by its key, a day on which the company worked with it already.
    """
    responses, began = _responses(scope, among), began or {}
    found = [
        _response(promise, responses, names)
        if promise.kind == Commitment.Kind.RESPONSE
        else _volume(promise, scope, staff, names, began.get(promise.key))
        for promise in promises
        if promise.kind == Commitment.Kind.RESPONSE or not among.campaign
    ]
    agreed = agreement_of(promises, scope)
    return {
        "since": scope.since and scope.since.isoformat(),
        "until": scope.until and scope.until.isoformat(),
        "as_of": iso(scope.as_of),
        "agreement": agreed.version if agreed else None,
        "commitments": found,
    }


def commitments_of(scope: Scope) -> list[Commitment]:
    """The promises of every agreement that was in force at some time of the window."""
    window = scope.parameters
    agreed = Q(agreement__in_force_from=None) | Q(agreement__in_force_from__lte=scope.as_of)
    if window["since"]:
        agreed &= Q(agreement__in_force_until=None) | Q(agreement__in_force_until__gt=window["since"])
    return list(
        Commitment.objects.filter(agreed).select_related("agreement").order_by("agreement__version", "id")
    )


def agreement_of(promises: list[Commitment], scope: Scope) -> Agreement | None:
    """The version in force at the as-of, among those whose promises are told."""
    held = {promise.agreement.version: promise.agreement for promise in promises}
    now = [one for one in held.values() if one.is_in_force(scope.as_of)]
    return max(now, key=lambda one: one.version, default=None)


def _names() -> dict[int | None, str | None]:
    return {None: None, **{user.pk: str(user) for user in User.objects.only("name", "email")}}


# --- Responses ----------------------------------------------------------------------------------------------
def _responses(scope: Scope, among: Among) -> dict[tuple[int, Any], Row]:
    """By promise and holder, and by promise alone (under `ALL`): how many clocks, and the median time worked."""
    clocks = Promised(scope, among=among).clocks().order_by()
    found: dict[tuple[int, Any], Row] = {}
    for row in _counted(clocks.values("commitment"), scope):
        found[row.pop("commitment"), ALL] = row
    for row in _counted(clocks.values("commitment", "owner"), scope):
        found[row.pop("commitment"), row.pop("owner")] = row
    return found


def _counted(grouped: QuerySet[Any], scope: Scope) -> Iterable[Row]:
    numbers = {name: Count("pk", filter=Q(status=name)) for name in COUNTED}
    stopped = Q(stopped_at__lte=scope.as_of)
    return grouped.annotate(**numbers, median=Median("worked_seconds", filter=stopped))


def _response(promise: Commitment, responses: dict[tuple[int, Any], Row], names: dict) -> Row:
    nothing: Row = {**dict.fromkeys(COUNTED, 0), "median": None}
    people = [owner for pk, owner in responses if pk == promise.pk and owner is not ALL]
    people.sort(key=lambda owner: (owner is None, names.get(owner) or ""))
    return {
        **_head(promise),
        "target": promise.within_minutes,
        **_figures(responses.get((promise.pk, ALL), nothing)),
        "pace": None,
        "rows": [
            {"id": owner, "owner": names.get(owner), **_figures(responses[promise.pk, owner])}
            for owner in people
        ],
    }


def _head(promise: Commitment) -> Row:
    return {
        "id": promise.pk,
        "key": promise.key,
        "name": promise.name,
        "team": promise.team,
        "kind": promise.kind,
        "period": promise.period or None,
        "goal": promise.goal_percent / 100,
    }


def _figures(row: Row) -> Row:
    return {
        "attainment": share(row["kept"], row["kept"] + row["broken"]),
        **{name: row[name] for name in COUNTED},
        "median_working_minutes": None if row["median"] is None else round(row["median"] / 60, 2),
    }


# --- Volumes ------------------------------------------------------------------------------------------------
def _volume(promise: Commitment, scope: Scope, staff: tallies.Office, names: dict, began: date | None) -> Row:
    found = tallies.tallies(
        promise, staff, since=scope.since, until=scope.until, moment=scope.as_of, began=began
    )
    statuses = [status for tally in found for status in tally.statuses()]
    return {
        **_head(promise),
        "target": promise.target,
        **_figures(_numbered(status for _, status in statuses)),
        "pace": _pace(_running(promise, scope, staff, found), staff, scope, names),
        "rows": [_volume_row(promise, rep, found, statuses, names) for rep in _reps(found, names)],
    }


def _numbered(statuses: Iterable[Status]) -> Row:
    counted: Row = {**dict.fromkeys(COUNTED, 0), "median": None}
    for status in statuses:
        counted[status] += 1
    return counted


def _reps(found: list[tallies.Tally], names: dict) -> list[int]:
    everybody = {rep for tally in found for rep in (*tally.present, *tally.counts)}
    return sorted(everybody, key=lambda rep: names.get(rep) or "")


def _volume_row(
    promise: Commitment, rep: int, found: list[tallies.Tally], statuses: list, names: dict
) -> Row:
    present = sum(rep in tally.present for tally in found)
    return {
        "id": rep,
        "owner": names.get(rep),
        "n": sum(tally.counts.get(rep, 0) for tally in found),
        "of": (promise.target or 0) * present,
        **_figures(_numbered(status for of, status in statuses if of == rep)),
    }


def _running(
    promise: Commitment, scope: Scope, staff: tallies.Office, found: list[tallies.Tally]
) -> tallies.Tally | None:
    """The period that runs at the as-of, where the window reaches it, though it may have begun before."""
    end = scope.parameters["until"]
    if end is not None and end <= scope.as_of:
        return None
    return found[-1] if found and not found[-1].is_over else tallies.running(promise, staff, scope.as_of)


def _pace(tally: tallies.Tally | None, staff: tallies.Office, scope: Scope, names: dict) -> Row | None:
    if tally is None:
        return None
    return {
        "since": tally.period.first.isoformat(),
        "until": tally.period.until.isoformat(),
        **pace_row(tally.pace(), tally.elapsed),
        "days": _days(tally, staff, scope),
        "rows": [
            {"id": rep, "owner": names.get(rep), **pace_row(tally.pace_of(rep), tally.elapsed)}
            for rep in sorted(tally.present, key=lambda rep: names.get(rep) or "")
        ],
    }


def _days(tally: tallies.Tally, staff: tallies.Office, scope: Scope) -> list[Row]:
    """A promise of the team is told day by day; one of each rep has a number for each of them instead."""
    if tally.commitment.measure != Commitment.Measure.HANDOVERS:
        return []
    days = tallies.day_by_day(tally, staff, scope.as_of)
    return [{"day": one.day.isoformat(), "n": one.done, "planned": one.planned} for one in days]


def pace_row(pace: tallies.Pace, elapsed: float) -> Row:
    return {
        "n": pace.n,
        "of": pace.of,
        "elapsed": round(elapsed, 6),
        "expected": pace.expected,
        "short": pace.short,
        "words": pace.words,
    }

"""What the SLA page draws of the report: a card for each team, one compact row for each promise."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import Any

from django.urls import reverse
from django.utils.http import urlencode

from reporting.among import EVERYBODY, Among
from reporting.figures import ALL
from reporting.promises import Done, Holder, Promised
from reporting.scope import Scope
from reporting.sla_history import Past
from sla.models import Commitment
from sla.statuses import Status
from sla.words import promised_words

Row = dict[str, Any]
TEAMS = ("marketing", "sales")
NEARLY = Decimal("0.9")  # of a goal: below it a promise is behind, above it at risk
BAND = 10  # per cent around a plan that are no news
ICONS = {"ok": "circle-check", "warn": "circle-alert", "bad": "circle-x", "neutral": "circle-dashed"}
VERDICTS = {"ok": "Kept", "warn": "At risk", "bad": "Behind", "neutral": ""}
NOUNS = {"week": "week", "month": "month"}


@dataclass(frozen=True)
class Told:
    """All that the page knows: the report, its promises, and what they were like before."""

    report: Row
    promises: dict[int, Commitment]
    scope: Scope
    among: Among = EVERYBODY
    past: Past = field(default_factory=lambda: Past({}, {}))
    before_words: str = ""
    volumes: dict[str, list[tuple[date, int]]] = field(default_factory=dict)


def teams(told: Told) -> list[Row]:
    """Both teams, each with the share it kept and its promises, one row each."""
    found = []
    for team in TEAMS:
        own = [one for one in told.report["commitments"] if one["team"] == team]
        found.append({"key": team, "score": score(own), "promises": [promise_row(one, told) for one in own]})
    return found


def score(own: list[Row]) -> Row:
    """The share of a team's promises that was kept; while none is over, how far the running ones are."""
    kept, of = (sum(one["attainment"][name] for one in own) for name in ("n", "of"))
    if of:
        goal = sum(one["goal"] * one["attainment"]["of"] for one in own) / of
        return {
            "pct": 100 * kept / of,
            "figure": 100 * kept // of,
            "target": 100 * goal,
            "tone": tone(kept / of, goal),
            "words": f"kept, goal {100 * goal:.0f}%",
            "more": f"{kept:,} of {of:,}",
        }
    paces = [one["pace"] for one in own if one["pace"] and one["pace"]["of"]]
    if not paces:
        return {"pct": None, "words": "nothing to keep yet"}
    n, of = (sum(pace[name] for pace in paces) for name in ("n", "of"))
    return {
        "pct": 100 * n / of,
        "figure": 100 * n // of,
        "target": 100 * paces[0]["elapsed"],
        "tone": pace_tone(paces[0]),
        "words": "done so far",
        "more": f"{n:,} of {of:,}",
    }


def promise_row(one: Row, told: Told) -> Row:
    row = {"key": one["key"], "sentence": promised_words(told.promises[one["id"]])}
    return row | (volume_part(one, told) if one["kind"] == "volume" else response_part(one, told))


# --- Responses ------------------------------------------------------------------------------------------------
def response_part(one: Row, told: Told) -> Row:
    rate = one["attainment"]
    calm = tone(rate["rate"], one["goal"]) if rate["of"] else "neutral"
    whole = Promised(told.scope, one["id"], among=told.among)
    weeks = [100 * kept / of for _, kept, of in told.past.weeks.get(one["key"], []) if of]
    return {
        "tone": calm,
        "icon": ICONS[calm],
        "verdict": VERDICTS[calm],
        "note": note(one, told),
        "figure": f"{whole_percent(rate)}%" if rate["of"] else "",
        "href": promised_url(whole) if sum(one[str(status)] for status in Status) else "",
        "beside": f"goal {100 * one['goal']:.0f}%" if rate["of"] else "nothing settled",
        "pct": 100 * rate["n"] / rate["of"] if rate["of"] else 0,
        "target": 100 * one["goal"],
        "spark": weeks,
        "spark_words": spark_words("kept", [f"{value:.0f}%" for value in weeks]),
        "states": states(one, told),
    }


def note(one: Row, told: Told) -> str:
    """The state of a response in a few words, against the period before: "9 of 53 late, 6 pts below last month"."""
    rate = one["attainment"]
    if not rate["of"]:
        return (
            f"{one['running']:,} running, none settled yet"
            if one["running"]
            else "No clock started in these days"
        )
    late = f"{one['broken']:,} of {rate['of']:,} late" if one["broken"] else f"all {rate['of']:,} in time"
    kept, of = told.past.before.get(one["key"], (0, 0))
    if not of:
        return late
    points = whole_percent(rate) - 100 * kept // of
    unit = "pt" if abs(points) == 1 else "pts"
    than = f"{points:+} {unit} on" if points > 0 else f"{-points} {unit} below" if points else "as"
    return f"{late}, {than} {told.before_words}"


def states(one: Row, told: Told) -> list[Row]:
    """Kept, broken, running, excused, where there are any: each opens to its clocks."""
    return [
        {
            "label": status.label.lower(),
            "n": one[str(status)],
            "href": promised_url(Promised(told.scope, one["id"], str(status), among=told.among)),
        }
        for status in Status
        if one[str(status)]
    ]


# --- Volumes --------------------------------------------------------------------------------------------------
def volume_part(one: Row, told: Told) -> Row:
    """Of a volume the running period comes first: what is done, and where this pace leads."""
    pace, rate = one["pace"], one["attainment"]
    weeks = [n for _, n in told.volumes.get(one["key"], [])]
    weeks = weeks if any(weeks) else []
    settled = f"{one['kept']:,} of {rate['of']:,} {unit(one)} kept" if rate["of"] else ""
    found = {
        "spark": weeks,
        "spark_words": spark_words("done", [f"{n:,}" for n in weeks]),
        "settled": settled,
    }
    if pace is None:
        calm = tone(rate["rate"], one["goal"]) if rate["of"] else "neutral"
        return found | {
            "tone": calm, "icon": ICONS[calm], "verdict": VERDICTS[calm],
            "note": settled or "No whole period of this promise lies in these days", "settled": "",
            "figure": f"{whole_percent(rate)}%" if rate["of"] else "", "href": "",
            "beside": f"goal {100 * one['goal']:.0f}%", "pct": 100 * (rate["rate"] or 0), "target": 100 * one["goal"],
        }  # fmt: skip
    calm = pace_tone(pace)
    running = running_from(told.scope, pace)
    promise = told.promises[one["id"]]
    return found | {
        "tone": calm,
        "icon": ICONS[calm],
        "verdict": VERDICTS[calm] if calm != "ok" else "On pace",
        "note": pace_note(pace),
        "figure": f"{pace['n']:,}",
        "href": done_url(running, promise, ALL, told.among) if pace["n"] else "",
        "beside": f"of {pace['of']:,} this {NOUNS[one['period']]}",
        "pct": 100 * pace["n"] / pace["of"] if pace["of"] else 0,
        "target": 100 * pace["elapsed"],
    }


def pace_note(pace: Row) -> str:
    """How far from where it should be by now: "18 behind pace"."""
    if not pace["of"]:
        return "Nobody is there, so nothing is owed"
    if pace["expected"] is None:
        return "No working time has passed yet"
    ahead = pace["n"] - round(pace["of"] * pace["elapsed"])
    return f"{-ahead:,} behind pace" if ahead < 0 else f"{ahead:,} ahead of pace" if ahead else "just on pace"


def unit(one: Row) -> str:
    """What is kept or broken of a volume: months of the team, or weeks of one rep each."""
    noun = "month" if one["period"] == "month" else "rep-week"
    return noun if one["attainment"]["of"] == 1 else f"{noun}s"


def pacing(told: Told) -> Row | None:
    """The chart of the hand-overs: each day of the running period with what was done, planned and is to be expected."""
    for one in told.report["commitments"]:
        if one["pace"] and one["pace"]["days"] and one["pace"]["of"]:
            return pacing_of(one, told)
    return None


def pacing_of(one: Row, told: Told) -> Row:
    """From the last day that was counted the forecast goes straight, by working time, to where this pace leads."""
    pace, found = one["pace"], []
    last = max((i for i, day in enumerate(pace["days"]) if day["n"] is not None), default=-1)
    for i, day in enumerate(pace["days"]):
        planned = day["planned"]
        forecast = None
        if i >= last >= 0 and pace["expected"] is not None:
            forecast = day["n"] if i == last else max(pace["n"], planned / pace["of"] * pace["expected"])
        found.append({
            "day": date.fromisoformat(day["day"]), "n": day["n"], "forecast": forecast, "planned": planned,
            "low": planned * (100 - BAND) / 100, "high": planned * (100 + BAND) / 100,
        })  # fmt: skip
    running = running_from(told.scope, pace)
    promise = told.promises[one["id"]]
    return {
        "title": f"{one['name']} this {NOUNS[one['period']]}",
        "words": pace["words"],
        "days": found,
        "band": BAND,
        "href": done_url(running, promise, ALL, told.among) if pace["n"] else "",
    }


# --- Tones and links --------------------------------------------------------------------------------------------
def tone(rate: float | None, goal: float) -> str:
    """At the goal or above it is calm; short of it by up to a tenth at risk, by more behind."""
    if rate is None:
        return "neutral"
    share = Decimal(str(rate)) / Decimal(str(goal))
    return "ok" if share >= 1 else "warn" if share >= NEARLY else "bad"


def whole_percent(rate: Row) -> int:
    """Cut, not rounded: what is short of its goal never reads as if it had reached it."""
    return 100 * rate["n"] // rate["of"]


def pace_tone(pace: Row) -> str:
    """By where the running period leads: short by a tenth is a warning, by more is bad."""
    if not pace["of"] or pace["expected"] is None:
        return "neutral"
    leads_to = Decimal(pace["expected"]) / pace["of"]
    return "ok" if leads_to >= 1 else "warn" if leads_to >= NEARLY else "bad"


def spark_words(what: str, values: list[str]) -> str:
    """What a small line says to whoever does not see it."""
    return f"{what} by week, from {values[0]} to {values[-1]}" if len(values) > 1 else ""


def promised_url(figure: Promised) -> str:
    return f"{reverse('reporting:promised')}?{urlencode(figure.query())}"


def done_url(scope: Scope, promise: Commitment, owner: Holder, among: Among = EVERYBODY) -> str:
    return f"{reverse('reporting:promised')}?{urlencode(Done(scope, promise, owner, among).query())}"


def running_from(scope: Scope, pace: Row) -> Scope:
    """From the first day of the running period on, which may lie before the window."""
    return replace(scope, since=date.fromisoformat(pace["since"]), until=None)

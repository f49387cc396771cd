"""Leads of every shape and rules of every kind, drawn at random from a seed."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from random import Random
from typing import Any

from leads.models import Account, Campaign, CustomField, Lead, LeadScore, Touch
from leads.rules import Catalogue, Fact, Kind
from leads.stages import Stage
from tests.factories import make_campaign, make_channel, make_lead, make_user

TEXTS = [
    "",
    "NL",
    "nl",
    "Nl ",
    " de",
    "DE",
    "Österreich",
    "ÖSTERREICH",
    "İstanbul",
    "istanbul",
    "ΣΟΦΟΣ",
    "σοφος",
]
TEXTS += [
    "Straße",
    "STRASSE",
    "50%_x",
    "50%",
    "_",
    "a\\b",
    "O'Neil",
    '"quoted"',
    "{}",
    "VP Sales",
    "vpn",
    "ǅ",
    "ⱯⱰ",
    "ჯ",
]
NUMBERS = [0, 1, 49, 50, 50.5, -3, 0.1, 1e15, 0.30000000000000004, 2**53]
DAYS = [date(2026, 2, 28), date(2026, 3, 1), date(2026, 3, 2), date(2026, 3, 29), date(2024, 2, 29)]
CHOICES = ["Gold", "Silver", "gold"]
STRAY = [None, "", "x", 7, -0.5, True, False, [1], {"a": 1}, "2026-03-01", "2026-3-1", "true", "0"]
WORDS = ["country", "job_title", "medium", "content", "phone", "last_name"]
OWN = {"note": "text", "budget": "number", "renewal": "date", "tier": "choice", "partner": "yes_no"}


def make_own_fields() -> None:
    for entity in ("lead", "account"):
        for key, kind in OWN.items():
            CustomField.objects.create(
                entity=entity,
                key=key,
                label=f"{entity} {key}",
                kind=kind,
                choices=CHOICES if kind == "choice" else [],
            )


def own_values(draw: Random) -> dict[str, Any]:
    """Some of each kind, some missing, and some that are not of their kind."""
    good: dict[str, list] = {
        "note": TEXTS,
        "budget": NUMBERS,
        "renewal": [day.isoformat() for day in DAYS],
        "tier": CHOICES,
        "partner": [True, False],
    }
    kept = [key for key in OWN if draw.random() < 0.75]
    return {key: draw.choice(good[key] if draw.random() < 0.8 else STRAY) for key in kept}


def make_world(draw: Random, moment: datetime, leads: int) -> list[int]:
    """So many leads, with accounts, touches and scores or without; answers their numbers."""
    make_own_fields()
    reps = [make_user("rep") for _ in range(2)]
    campaigns = [make_campaign(name) for name in ("Spring", "Autumn")]
    channels = [make_channel(name) for name in ("email", "search")]
    accounts = [make_account(draw, n) for n in range(8)]
    made = []
    for _ in range(leads):
        lead = make_lead(
            stage=draw.choice([Stage.VISITOR, Stage.VISITOR, Stage.MQL]), since=a_time(draw, moment)
        )
        Lead.objects.filter(pk=lead.pk).update(
            **{
                name: draw.choice(TEXTS)
                for name in ("country", "job_title", "medium", "content", "phone", "last_name")
            },
            consent=draw.choice(["", "granted", "opted_out"]),
            account=draw.choice([None, *accounts]),
            owner=draw.choice([None, *reps]),
            campaign=draw.choice([None, *campaigns]),
            channel=draw.choice([None, *channels]),
            worked_at=draw.choice([None, a_time(draw, moment)]),
            returned_at=draw.choice([None, None, a_time(draw, moment)]),
            custom=own_values(draw),
        )
        for _ in range(draw.choice([0, 0, 1, 2, 5])):
            make_touch(draw, lead, moment, campaigns)
        if draw.random() < 0.6:
            make_score(draw, lead, moment)
        made.append(lead.pk)
    return made


def make_account(draw: Random, n: int) -> Account:
    return Account.objects.create(
        name=f"{draw.choice(TEXTS)} {n}".strip() if n else "",
        domain=draw.choice([None, f"Firma{n}.example"]),
        industry=draw.choice(TEXTS),
        country=draw.choice(TEXTS),
        employees=draw.choice([None, 0, 49, 50, 51, 2_000_000_000]),
        revenue_band=draw.choice(["", "under_1m", "10m_50m"]),
        custom=own_values(draw),
    )


def a_time(draw: Random, moment: datetime) -> datetime:
    """On a boundary of a window as often as beside one, and seldom after the moment."""
    beside = draw.choice([timedelta(0), timedelta(0), timedelta(microseconds=1), timedelta(microseconds=-1)])
    return moment - timedelta(days=draw.choice([-1, 0, 1, 7, 7, 29, 30, 30, 31, 400])) + beside


def make_touch(draw: Random, lead: Lead, moment: datetime, campaigns: list[Campaign]) -> None:
    is_origin = draw.random() < 0.15 and not lead.touches.filter(is_origin=True).exists()
    kinds = [str(kind) for kind in Touch.Kind.values if kind != "origin"]
    Touch.objects.create(
        lead=lead,
        at=a_time(draw, moment),
        kind="origin" if is_origin else draw.choice(["form", "visit", *kinds]),
        is_origin=is_origin,
        team=draw.choice(["marketing", "marketing", "sales"]),
        campaign=draw.choice([None, *campaigns]),
        content=draw.choice(TEXTS),
        url=draw.choice(["", "https://x.example/Pricing?a=50%_x", "/pricing", "/ÖSTERREICH"]),
    )


def make_score(draw: Random, lead: Lead, moment: datetime) -> None:
    LeadScore.objects.create(
        lead=lead,
        fit=draw.choice([0, 10, 50]),
        engagement=draw.choice([0, 5, 49]),
        fit_grade=draw.choice("ABCD"),
        engagement_grade=draw.choice([1, 2, 3, 4]),
        probability=draw.choice([None, 0.1, 0.5, 1.0]),
        definition_version=0,
        computed_at=moment,
    )


# --- Rules ----------------------------------------------------------------------------------------------------
def a_rule(draw: Random, facts: list[Fact], depth: int = 3) -> dict[str, Any]:
    shape = draw.random()
    if depth == 0 or shape < 0.35:
        return a_clause(draw, draw.choice(facts)) if draw.random() < 0.7 else some_touches(draw)
    if shape < 0.55:
        return {"not": a_rule(draw, facts, depth - 1)}
    parts = [a_rule(draw, facts, depth - 1) for _ in range(draw.choice([1, 2, 2, 3]))]
    return {draw.choice(["all", "any", "any"]): parts}


def a_clause(draw: Random, fact: Fact, op: str = "") -> dict[str, Any]:
    op = op or draw.choice(fact.ops)
    clause: dict[str, Any] = {"field": fact.name, "op": op}
    if op in ("is_known", "is_unknown"):
        return clause
    if op in ("within_days", "over_days", "next_days"):
        return clause | {"value": draw.choice([1, 7, 30, 31, 36_500])}
    if op == "between":
        return clause | {"value": sorted(draw.sample([n for n in NUMBERS if abs(n) <= 1e15], 2))}
    if op in ("is_one_of", "is_none_of"):
        return clause | {"value": [a_value(draw, fact) for _ in range(draw.choice([1, 2, 4]))]}
    value = a_value(draw, fact)
    if op in ("contains", "starts_with") and draw.random() < 0.5:
        value = value[: draw.choice([1, 2, 3])].strip() or value
    return clause | {"value": value}


def a_value(draw: Random, fact: Fact) -> Any:
    if fact.kind == Kind.ROW:
        return draw.choice(list(ROWS[fact.name]().values_list("pk", flat=True)) or [1])
    if fact.kind in (Kind.CHOICE, Kind.GRADE):
        return draw.choice(fact.values)
    return draw.choice(
        {
            Kind.TEXT: [text for text in TEXTS if text.strip()],
            Kind.NUMBER: [n for n in NUMBERS if abs(n) <= 1e15],
            Kind.DATE: [day.isoformat() for day in DAYS],
            Kind.MOMENT: [day.isoformat() for day in DAYS],
            Kind.YES_NO: [True, False],
        }[fact.kind]
    )


ROWS = {
    "campaign": lambda: Campaign.objects.all(),
    "channel": lambda: Lead.objects.model._meta.get_field("channel").related_model.objects.all(),
    "owner": lambda: Lead._meta.get_field("owner").related_model.objects.filter(role="rep"),
}


def some_touches(draw: Random) -> dict[str, Any]:
    touched: dict[str, Any] = {}
    if draw.random() < 0.5:
        touched["kinds"] = draw.sample(["form", "visit", "call", "origin", "download"], draw.choice([1, 2]))
    if draw.random() < 0.2:
        touched["content"] = draw.choice(TEXTS)
    if draw.random() < 0.2:
        touched["url"] = draw.choice(["/PRICING", "%_", "österreich"])
    if draw.random() < 0.2:
        touched["campaign"] = draw.choice(list(Campaign.objects.values_list("pk", flat=True)))
    if draw.random() < 0.3:
        touched["team"] = draw.choice(["marketing", "sales"])
    within = {"within_days": draw.choice([1, 7, 30, 36_500])} if draw.random() < 0.6 else {}
    return {"touches": touched, **within, "at_least": draw.choice([1, 1, 1, 2, 3])}


def every_clause(draw: Random, catalogue: Catalogue) -> list[dict[str, Any]]:
    """Each question of each fact once."""
    return [a_clause(draw, fact, op) for fact in catalogue.offered() for op in fact.ops]

"""Version 0, by which the product works until both heads have signed definitions of their own. It is no row."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from leads.definitions.document import Document
from leads.reasons import (
    DISQUALIFYING,
    NEEDS_RETURN_DATE,
    REJECTION_HELP,
    Disqualification,
    Loss,
    Recycling,
    Rejection,
)


@lru_cache(maxsize=16)
def default(touches: int) -> Document:
    """The unsigned default, where this many touches of marketing since the last return make an MQL."""
    return Document.of(
        {"stages": stages(touches), "profile": PROFILE, "scoring": SCORING, "reasons": reasons()}
    )


def stages(touches: int) -> dict[str, Any]:
    found = {key: dict(terms) for key, terms in STAGES.items()}
    found["mql"]["entry"] = {"touches": {"team": "marketing"}, "at_least": touches}
    return found


STAGES: dict[str, dict[str, Any]] = {
    "visitor": {
        "name": "Visitor",
        "synonyms": ["Lead", "Contact"],
        "means": "A person we can name and may contact.",
        "owner": "marketing",
        "supporting": "",
        "then": "Marketing keeps in touch until they are ready.",
    },
    "mql": {
        "name": "MQL",
        "synonyms": ["Marketing-qualified lead"],
        "means": "Interest enough that sales should talk to them.",
        "owner": "marketing",
        "supporting": "sales",
        "then": "Handed to a rep who is there. The rep accepts, or rejects with a reason.",
    },
    "sal": {
        "name": "SAL",
        "synonyms": ["Sales-accepted lead"],
        "means": "A rep has looked and works on the lead.",
        "owner": "sales",
        "supporting": "marketing",
        "then": "First contact within the agreed hours; then sales finds out whether there is a deal.",
    },
    "sql": {
        "name": "SQL",
        "synonyms": ["Sales-qualified lead", "Opportunity"],
        "means": "There is a deal.",
        "owner": "sales",
        "supporting": "marketing",
        "then": "Sales wins it, loses it with a reason, or returns it to nurture with a date.",
    },
    "customer": {
        "name": "Customer",
        "synonyms": ["Client"],
        "means": "The deal is won.",
        "owner": "sales",
        "supporting": "marketing",
        "then": "What it earned goes back to the campaign that brought it.",
    },
}


def _title(*words: str) -> dict[str, Any]:
    return {"any": [{"field": "job_title", "op": "contains", "value": word} for word in words]}


def _employees(op: str, value: Any) -> dict[str, Any]:
    return {"field": "account.employees", "op": op, "value": value}


PROFILE: dict[str, Any] = {
    "rules": [
        {
            "id": "company_size",
            "name": "50 employees or more",
            "rule": _employees("at_least", 50),
            "points": 20,
        },
        {
            "id": "decides",
            "name": "Leads a team or a company",
            "rule": _title("head", "director", "chief", "vp ", "founder", "owner", "ceo"),
            "points": 15,
        },
        {
            "id": "revenue",
            "name": "Revenue known, and not under 1 million",
            "rule": {
                "all": [
                    {"field": "account.revenue_band", "op": "is_known"},
                    {"field": "account.revenue_band", "op": "is_none_of", "value": ["under_1m"]},
                ]
            },
            "points": 10,
        },
        {
            "id": "industry",
            "name": "Industry known",
            "rule": {"field": "account.industry", "op": "is_known"},
            "points": 5,
        },
        {
            "id": "reachable",
            "name": "Phone number known",
            "rule": {"field": "phone", "op": "is_known"},
            "points": 5,
        },
        {
            "id": "learns",
            "name": "Student or intern",
            "rule": _title("student", "intern "),
            "points": -20,
        },
    ],
    "segments": [
        {"key": "large", "name": "Large", "rule": _employees("at_least", 250), "exclusive": True},
        {"key": "medium", "name": "Medium", "rule": _employees("between", [50, 249]), "exclusive": True},
        {"key": "small", "name": "Small", "rule": _employees("at_most", 49), "exclusive": True},
    ],
}


def _touch(id: str, name: str, group: str, points: int, *kinds: str) -> dict[str, Any]:
    return {"id": id, "name": name, "group": group, "kinds": list(kinds), "points": points}


SCORING: dict[str, Any] = {
    "fit_cap": 50,
    "engagement_cap": 50,
    "half_life_days": 30,
    "groups": [
        {"key": "asks", "name": "Asks for something", "cap": 40},
        {"key": "takes_part", "name": "Takes part", "cap": 30},
        {"key": "reads", "name": "Reads", "cap": 20},
    ],
    "touches": [
        _touch("form", "Sent a form", "asks", 20, "form"),
        _touch("talk", "Called, met or wrote to us", "asks", 20, "call", "meeting", "email"),
        _touch("event", "Came to an event", "takes_part", 15, "event"),
        _touch("webinar", "Attended a webinar", "takes_part", 12, "webinar"),
        _touch("download", "Downloaded something", "reads", 8, "download"),
        _touch("click", "Clicked in an e-mail", "reads", 4, "email_click"),
        _touch("visit", "Visited the site", "reads", 2, "visit"),
        _touch("other", "Something else", "reads", 2, "other"),
    ],
    "fit_grades": [35, 20, 10],
    "engagement_grades": [30, 15, 5],
}

ACTION = {
    Rejection.POOR_FIT: "targeting",
    Rejection.NOT_REAL: "form",
    Rejection.WRONG_PERSON: "targeting",
    Rejection.TOO_EARLY: "nurture",
    Rejection.CANNOT_REACH: "tries",
    Rejection.BAD_DATA: "form",
    Recycling.TIMING: "nurture",
    Recycling.NO_BUDGET: "nurture",
    Recycling.NO_ANSWER: "tries",
    Recycling.NOT_READY: "nurture",
    Disqualification.COMPETITOR: "targeting",
}
DAYS = {Rejection.TOO_EARLY: 90, Recycling.NO_BUDGET: 180, Recycling.NO_ANSWER: 30}
DAYS |= {Recycling.TIMING: 90, Recycling.NOT_READY: 60}


def reasons() -> dict[str, list[dict[str, Any]]]:
    """The codes of `leads.reasons`, with the routes they have always had."""
    return {
        "rejection": [
            _reason(
                one,
                outcome="disqualify" if one in DISQUALIFYING else "nurture",
                needs_date=one in NEEDS_RETURN_DATE,
                help=REJECTION_HELP[one],
            )
            for one in Rejection
        ],
        "recycling": [_reason(one, outcome="nurture", needs_date=True) for one in Recycling],
        "disqualification": [_reason(one, outcome="disqualify") for one in Disqualification],
        "loss": [_reason(one) for one in Loss],
    }


def _reason(one: Any, **more: Any) -> dict[str, Any]:
    """Loss shares words with the others, but routes nothing."""
    routed = not isinstance(one, Loss)
    action, days = (ACTION.get(one, ""), DAYS.get(one)) if routed else ("", None)
    return {"code": str(one.value), "label": str(one.label), "action": action, "days": days, **more}

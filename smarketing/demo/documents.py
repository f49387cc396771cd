"""The three documents of Loadline's two teams: what they went live with, what they learned, what marketing proposes."""

from __future__ import annotations

from typing import Any

from leads.definitions import unsigned

Data = dict[str, Any]
STAFF_OF_MQL = 40  # since version 2 a smaller company, or one of unknown size, is handed over by hand only
CORE = ["Logistics", "Food", "Retail", "Manufacturing"]


def clause(field: str, op: str, value: Any = None) -> Data:
    return {"field": field, "op": op} if value is None else {"field": field, "op": op, "value": value}


def gives(id: str, name: str, points: int, rule: Data) -> Data:
    return {"id": id, "name": name, "rule": rule, "points": points}


def title(*words: str) -> Data:
    return {"any": [clause("job_title", "contains", word) for word in words]}


def first() -> Data:
    """With which the company went live: the product's own, with a profile and targets of Loadline's."""
    document = unsigned().json()
    stages = document["stages"]
    stages["visitor"]["synonyms"] = ["Lead", "Name"]
    stages["mql"] |= {"target_share": 0.35, "target_days": 2}
    stages["sal"] |= {"target_share": 0.6, "target_days": 21}
    stages["sql"] |= {"target_share": 0.5, "target_days": 60}
    stages["customer"] |= {"target_share": 0.25}
    document["profile"] = {
        "rules": [
            gives("staff", "60 employees or more", 15, clause("account.employees", "at_least", 60)),
            gives("many_staff", "350 employees or more", 10, clause("account.employees", "at_least", 350)),
            gives("core", "Works with docks all day", 10, clause("account.industry", "is_one_of", CORE)),
            gives(
                "decides",
                "Decides, or brings others to it",
                10,
                title("VP", "COO", "CFO", "Head", "Director"),
            ),
            gives("student", "Student", -30, title("Student")),
        ],
        "segments": [
            _segment("large", "Large sites", clause("account.employees", "at_least", 350), exclusive=True),
            _segment("mid", "Mid-sized", clause("account.employees", "at_least", 60), exclusive=True),
            _segment("small", "Small yards", clause("account.employees", "is_known"), exclusive=True),
        ],
    }
    document["scoring"] |= {"fit_cap": 75, "engagement_cap": 60, "fit_grades": [40, 30, 15]}
    return document


def second() -> Data:
    """After two months: small yards are no longer handed over by themselves, docks and budget count."""
    document = first()
    stages = document["stages"]
    stages["mql"] |= {
        "means": "Interest enough that sales should talk to them, at a company that is large enough for us.",
        "entry": {
            "all": [
                {"touches": {"team": "marketing"}, "at_least": 3},
                clause("account.employees", "at_least", STAFF_OF_MQL),
            ]
        },
        "target_share": 0.3,
    }
    stages["sql"]["required"] = ["custom.budget"]
    stages["sql"]["means"] = "There is a deal, and somebody has said what there is to spend."
    document["profile"]["rules"] += _own_facts()
    document["scoring"]["fit_grades"] = [55, 40, 20]
    cold = {
        "all": [
            clause("account.industry", "is_one_of", ["Food"]),
            clause("account.employees", "at_least", 60),
        ]
    }
    document["profile"]["segments"].append(_segment("cold_chain", "Cold chain", cold, exclusive=False))
    document["scoring"]["touches"] = [
        _asked("demo", "Booked a demo", 15, "asks", "form", content="demo"),
        *document["scoring"]["touches"],
        _asked("pricing", "Looked at prices", 5, "reads", "visit", url="/pricing"),
    ]
    document["reasons"]["recycling"].append(
        {"code": "contract_runs", "label": "Contract still runs", "help": "Bound to their present software",
         "outcome": "nurture", "needs_date": True, "days": 180, "action": "nurture"}
    )  # fmt: skip
    return document


def _own_facts() -> list[Data]:
    return [
        gives("docks", "Eight docks or more", 15, clause("account.custom.docks", "at_least", 8)),
        gives("tms", "Uses a TMS", 5, clause("account.custom.uses_tms", "is", True)),
        gives("budget", "Budget approved", 10, clause("custom.budget", "is_one_of", ["Approved"])),
    ]


def _asked(id: str, name: str, points: int, group: str, kind: str, **where: str) -> Data:
    return {"id": id, "name": name, "points": points, "group": group, "kinds": [kind], **where}


def third() -> Data:
    """What marketing proposes: a score instead of a count of touches."""
    document = second()
    document["stages"]["mql"] |= {
        "entry": {
            "all": [
                clause("account.employees", "at_least", STAFF_OF_MQL),
                clause("score.fit_grade", "at_least", "B"),
                {
                    "any": [
                        clause("score.engagement_grade", "at_least", "2"),
                        {"touches": {"kinds": ["form"]}, "within_days": 30, "at_least": 1},
                    ]
                },
            ]
        },
        "target_share": 0.25,
        "target_days": 1,
    }
    document["scoring"]["half_life_days"] = 21
    return document


def _segment(key: str, name: str, rule: Data, *, exclusive: bool) -> Data:
    return {"key": key, "name": name, "rule": rule, "exclusive": exclusive}

"""The words that exports use for a stage, a standing, a consent or a yes; anything else is unknown."""

from __future__ import annotations

import re
from decimal import Decimal

from leads.models import Touch
from leads.models.account import RevenueBand
from leads.stages import Move, Stage, Standing

_LETTERS = re.compile(r"[^a-z0-9]+")

STAGES = {
    **{stage: stage for stage in Stage.values},
    "subscriber": "visitor",
    "lead": "visitor",
    "marketingqualifiedlead": "mql",
    "marketingqualified": "mql",
    "salesacceptedlead": "sal",
    "salesaccepted": "sal",
    "salesqualifiedlead": "sql",
    "salesqualified": "sql",
    "opportunity": "sql",
    "evangelist": "customer",
}
STANDINGS = {
    **{standing: standing for standing in Standing.values},
    "open": "active",
    "nurture": "nurturing",
    "recycled": "nurturing",
    "unqualified": "disqualified",
    "closedwon": "won",
    "closedlost": "lost",
}
# A lead status of another product: (stage, standing) as far as it tells. None of them enters the never-again
# register: that needs a clear word of ours.
STATUSES: dict[str, tuple[str, str]] = {
    **dict.fromkeys(
        ["new", "open", "inprogress", "attemptedtocontact", "connected", "working", "contacted"], ("", "")
    ),
    **dict.fromkeys(["opennotcontacted", "workingcontacted", "notcontacted"], ("", "")),
    **dict.fromkeys(["opendeal", "qualified", "converted", "closedconverted"], ("sql", "")),
    **dict.fromkeys(
        ["badtiming", "nurturing", "nurture", "unqualified", "closednotconverted"], ("", "nurturing")
    ),
}
# A place in a history: (stage, standing, move) as far as the word tells, in whichever column it stands.
PLACES: dict[str, tuple[str, str, str]] = {
    **{word: (stage, "", "") for word, stage in STAGES.items()},
    **{word: ("", standing, "") for word, standing in STANDINGS.items()},
    **dict.fromkeys(["won", "closedwon", "client"], ("customer", "won", "")),
    **dict.fromkeys(["contact", "prospect", "anonymous", "new"], ("visitor", "", "")),
    **dict.fromkeys(["rejected", "salesrejected"], ("", "", "reject")),
    **dict.fromkeys(["returned", "returnedtonurture", "returnedtomarketing"], ("", "nurturing", "recycle")),
    **dict.fromkeys(["dead", "junk", "barred"], ("", "disqualified", "")),
    **dict.fromkeys(["cancelled", "formercustomer", "excustomer"], ("customer", "churned", "")),
}
MOVES = {
    **{move: move for move in Move.values if move not in ("undo", "adopt", "reach")},
    **dict.fromkeys(["captured", "created", "born"], "capture"),
    **dict.fromkeys(["qualified", "promote", "promoted"], "qualify"),
    **dict.fromkeys(["accepted", "handedover", "handover"], "accept"),
    **dict.fromkeys(["rejected", "rejection", "salesrejected"], "reject"),
    **dict.fromkeys(["advanced", "opened", "opportunity"], "advance"),
    **dict.fromkeys(["won", "closedwon"], "win"),
    **dict.fromkeys(["lost", "closedlost"], "lose"),
    **dict.fromkeys(["recycled", "returned", "returnedtonurture", "nurture", "nurturing"], "recycle"),
    **dict.fromkeys(["disqualified", "unqualified"], "disqualify"),
    **dict.fromkeys(["reopened", "requalified"], "reopen"),
    "churned": "churn",
    **dict.fromkeys(["reach", "reached"], "reach"),
}
TOUCHES = {
    **{plainly: kind for kind in Touch.Kind.values if (plainly := kind.replace("_", "")) != "origin"},
    **dict.fromkeys(["pageview", "page", "website", "websitevisit", "view", "session"], "visit"),
    **dict.fromkeys(["downloaded", "whitepaper", "ebook", "asset"], "download"),
    **dict.fromkeys(["formsubmission", "formsubmitted", "submission", "submit", "formfill"], "form"),
    **dict.fromkeys(["click", "emailclicked", "linkclick", "linkclicked"], "email_click"),
    **dict.fromkeys(["webinarattended", "attendedwebinar"], "webinar"),
    **dict.fromkeys(["tradeshow", "fair", "conference", "seminar", "eventattended"], "event"),
    **dict.fromkeys(["phone", "phonecall", "telephone"], "call"),
    **dict.fromkeys(["mail", "emailsent", "emailreply"], "email"),
    **dict.fromkeys(["demo", "appointment"], "meeting"),
}
TEAMS = {
    **{team: team for team in Touch.Team.values},
    "mkt": "marketing",
    "rep": "sales",
}
CONSENTS = {
    **dict.fromkeys(
        ["granted", "optedin", "optin", "subscribed", "confirmed", "yes", "true", "1", "y"], "granted"
    ),
    **dict.fromkeys(
        ["optedout", "optout", "unsubscribed", "cleaned", "bounced", "withdrawn", "no", "false", "0", "n"],
        "opted_out",
    ),
    **dict.fromkeys(["unknown", "noconsent", "none", "pending", "nonsubscribed", "archived"], ""),
}
NO = {"no", "false", "0", "n", "f", "off", "none", "null"}


def plain(text: str) -> str:
    """Letters and digits only, lower-cased: "Marketing Qualified Lead" and "marketingqualifiedlead" are one."""
    return _LETTERS.sub("", text.lower())


def code(text: str, size: int) -> str:
    """A reason as a code: history holds no free text."""
    return _LETTERS.sub("_", text.lower()).strip("_")[:size]


BANDS = {plain(word): str(band) for band in RevenueBand for word in (band.value, str(band.label))}
_BOUNDS = [
    (Decimal(10) ** 6, RevenueBand.UNDER_1M),
    (Decimal(10) ** 7, RevenueBand.FROM_1M),
    (5 * Decimal(10) ** 7, RevenueBand.FROM_10M),
    (25 * Decimal(10) ** 7, RevenueBand.FROM_50M),
    (Decimal(10) ** 9, RevenueBand.FROM_250M),
]


def band_of(revenue: Decimal) -> str:
    """The band of what a company turns over in a year; raises `ValueError` below zero."""
    if revenue < 0:
        raise ValueError(revenue)
    return str(next((band for bound, band in _BOUNDS if revenue < bound), RevenueBand.FROM_1B))

"""The words that exports use for a stage, a standing, a consent or a yes; anything else is unknown."""

from __future__ import annotations

import re

from leads.stages import Stage, Standing

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

"""What is said of each fact that was corrected, and of what the never-again register stopped."""

from __future__ import annotations

from leads.pages.entries import line, sentence
from leads.pages.sources import FACTS, Entry, Row, Source, person, register, told

FACT_NAMES = {
    "email": "E-mail",
    "first_name": "First name",
    "last_name": "Last name",
    "job_title": "Title",
    "buying_role": "Buying role",
    "company": "Company",
    "account": "Company",
}
WAYS = {"api": "over the API", "import": "by an import", "hand": ""}


def _fact(row: Row) -> Entry:
    told = row.told
    name = told["label"] or fact_name(told["field"])
    before, after = fact_words(told["field"], told["before"]), fact_words(told["field"], told["after"])
    if not before and not after:
        title, text = f"{name} changed", "What it was has been erased"
    elif not before:
        title, text = f"{name}: {after}", ""
    else:
        title, text = f"{name}: {after or 'removed'}", f"Was {before}"
    by = line(f"by {told['by']}" if told["by"] else "", WAYS.get(told["way"], ""))
    return Entry(row.at, row.order, "pencil", title, line(text, sentence(by)), "", FACTS)


def fact_name(field: str) -> str:
    return FACT_NAMES.get(field) or sentence(field.removeprefix("custom.").replace("_", " "))


def fact_words(field: str, value: str) -> str:
    if field == "consent":
        return {"": "", "granted": "Granted", "opted_out": "Opted out"}.get(value, value)
    return value


WAYS_IN = {
    "import": "An import",
    "hand": "Entry by hand",
    "api": "The API",
    "touch": "Something they did",
    "qualify": "A hand-over",
    "route": "An assignment",
}


def _blocked(row: Row) -> Entry:
    what = WAYS_IN.get(row.told["way"], sentence(row.told["way"].replace("_", " ")))
    title = "Stopped by the never-again register"
    return Entry(row.at, row.order, "shield-ban", title, line(what, row.told["campaign"]), "bad", FACTS)


register(
    Source(
        "fact",
        70,
        FACTS,
        "leads_factchange r LEFT JOIN leads_customfield f ON r.field = 'custom.' || f.key AND f.entity = 'lead'",
        told(
            field="r.field",
            label="f.label",
            before="r.before",
            after="r.after",
            way="r.way",
            by=person("r.by_id"),
        ),
        _fact,
        where="r.voided_at IS NULL",
    ),
    Source(
        "block",
        80,
        FACTS,
        "leads_suppressionhit r LEFT JOIN leads_campaign c ON c.id = r.campaign_id",
        told(way="r.way", campaign="c.name"),
        _blocked,
        where="r.voided_at IS NULL",
    ),
)

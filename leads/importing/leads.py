"""One chunk of a file of leads: read, resolved against what is stored, applied in order, written."""

from __future__ import annotations

from django.db import connection
from django.utils.timezone import now

from leads.importing import dealings, handing, histories, owners
from leads.importing.cells import Draft, identify
from leads.importing.companies import Companies
from leads.importing.folding import Fold
from leads.importing.people import People
from leads.importing.problems import Problems
from leads.importing.reading import read
from leads.importing.register import Register
from leads.importing.sources import Source
from leads.importing.storing import Store

# One import at a time writes a chunk: two that meet the same new person would otherwise both make it.
ONE_AT_A_TIME = "SELECT pg_advisory_xact_lock(hashtext('leads.importing'))"


def take(source: Source, span: dict[str, int]) -> tuple[dict[str, int], Problems]:
    """Take in the rows of one span of the file, within the caller's transaction; how many came to what."""
    problems = Problems()
    drafts, rows = read(source, span, problems, identify)
    with connection.cursor() as cursor:
        cursor.execute(ONE_AT_A_TIME)
        fold = prepare(cursor, source, drafts, problems)
    fold.run(drafts)
    Store(fold, batch_id=source.batch_id, source=source.name, moment=fold.people.moment).write()
    return {"rows": rows, **fold.counts, "rejected": sum(problems.reasons.values())}, problems


def prepare(cursor, source: Source, drafts: list[Draft], problems: Problems) -> Fold:
    """All that is stored about these rows, by a few set look-ups."""
    moment = now()
    people = People(source.name, moment, has_own=source.plan.has_own)
    people.load(cursor, drafts)
    fold = Fold(
        people=people,
        companies=Companies(),
        dealings=dealings.Dealings(source.name, source.currency, overwrite=source.overwrite),
        register=Register(),
        problems=problems,
        fields=source.plan.fields,
        overwrite=source.overwrite,
        batch_id=source.batch_id,
        owners=owners.known(source.name, (d.values["owner"] for d in drafts if "owner" in d.values)),
    )
    _load(cursor, fold, drafts)
    return fold


def _load(cursor, fold: Fold, drafts: list[Draft]) -> None:
    people = fold.people
    if fold.has_company:
        own = {pk for person in people.by_id.values() if (pk := person.facts["account_id"])}
        fold.companies.load(cursor, drafts, own)
        for person in people.by_id.values():
            person.account = fold.companies.by_id.get(person.facts["account_id"])
    fold.register.load(cursor, drafts, people, fold.companies.by_id)
    if fold.has_history or fold.has_decision:
        histories.load(cursor, people)
    if fold.has_deal:
        fold.dealings.load(cursor, people, drafts)
    if fold.has_decision:
        handing.load(cursor, people)
    if "note" in fold.fields and people.by_id:
        cursor.execute(
            "SELECT lead_id, md5(text) FROM leads_note WHERE voided_at IS NULL AND lead_id = ANY(%s)",
            [list(people.by_id)],
        )
        for lead_id, mark in cursor.fetchall():
            people.by_id[lead_id].notes[mark] = None
    if fold.has_origin and people.by_id:
        cursor.execute(
            "SELECT lead_id FROM leads_touch WHERE is_origin AND voided_at IS NULL AND lead_id = ANY(%s)",
            [list(people.by_id)],
        )
        for (lead_id,) in cursor.fetchall():
            people.by_id[lead_id].has_origin = True

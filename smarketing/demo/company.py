"""Making the demo company, in one transaction: either all of it is there afterwards or nothing."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain, islice
from pathlib import Path
from random import Random

from django.db import connection, transaction

from leads import statistics
from leads.models import Lead
from sla.calendars import hours_of
from smarketing.company import found
from smarketing.demo import (
    agreement,
    barred,
    campaigns,
    excuses,
    facts,
    lists,
    meanings,
    nurture,
    people,
    promises,
    stories,
    today,
    worth,
)
from smarketing.demo.comeback import best_customer
from smarketing.demo.desk import Desk
from smarketing.demo.diary import Diary
from smarketing.demo.journeys import Journey
from smarketing.demo.lives import Fate
from smarketing.demo.people import Cast
from smarketing.demo.rows import Writer
from smarketing.demo.society import Society
from smarketing.embedded.datadir import write_private
from smarketing.foundation import audit
from smarketing.foundation.models import AuditEvent, Organisation, User
from smarketing.foundation.refusals import Refusal

NAME, ZONE, CURRENCY = "Loadline", "Europe/Amsterdam", "EUR"
SEEDED = "demo.seeded"
ONE_AT_A_TIME = "SELECT pg_advisory_xact_lock(hashtext('smarketing.seed_demo'))"
BATCH = 5_000
JUST_NOW = timedelta(
    minutes=12
)  # what happened in it could be taken back: by nobody who has only just come in
FEWEST = 100


@dataclass(frozen=True)
class Told:
    """What the command says: whether anything was made, and how to get in."""

    made: bool
    organisation: str
    leads: int
    logins: list[dict[str, str]]


@transaction.atomic
def seed(
    *, leads: int, seed: int, moment: datetime, logins_file: Path, progress: Callable[[int], None]
) -> Told:
    """Make the demo; change nothing where it is already; raises `Refusal` in a company of one's own."""
    _execute(ONE_AT_A_TIME)
    if AuditEvent.objects.filter(action=SEEDED).exists():
        return Told(False, Organisation.get().name, Lead.objects.count(), stored(logins_file))
    if Lead.objects.exists():
        raise Refusal(
            f"{Organisation.objects.first() or 'This company'} has leads of its own, so no demo is mixed into them. "
            "Start a second installation with SMARKETING_DATA_DIR=/another/folder and seed that one."
        )
    password, hashed = people.new_password()
    organisation = Organisation.objects.filter(pk=1).first() or found(NAME, ZONE, CURRENCY)
    build(organisation, leads=leads, seed=seed, moment=moment, password_hash=hashed, progress=progress)
    logins = people.logins(password)
    logins_file.parent.mkdir(parents=True, exist_ok=True)
    # Before the commit: a company that nobody can enter is worse than a file without a company.
    write_private(logins_file, json.dumps({"logins": logins}, indent=1))
    return Told(True, organisation.name, leads, logins)


def stored(logins_file: Path) -> list[dict[str, str]]:
    return json.loads(logins_file.read_text())["logins"] if logins_file.exists() else []


def build(
    organisation: Organisation,
    *,
    leads: int,
    seed: int,
    moment: datetime,
    password_hash: str,
    progress: Callable[[int], None] = lambda done: None,
) -> None:
    random = Random(seed)  # noqa: S311 - chance that repeats itself is the point
    diary = Diary(moment, organisation.zone)
    people.open_office(organisation)
    marketers = people.hire([*people.MARKETERS, people.ADMINISTRATOR], password_hash)
    market = campaigns.launch(diary)
    campaigns.spend(market, today=diary.today, leads=leads, currency=organisation.currency)
    if organisation.currency == campaigns.EURO:
        campaigns.quote_rates(random, today=diary.today)
    people.hire(people.SELLERS[:1], password_hash)  # the head of sales, who signs
    facts.ask(marketers[-1], diary.agreed)
    meanings.agree(diary)
    # Before there is any rep these find no owner: they wait in the unclaimed list.
    unclaimed = stories.unclaimed(moment)
    sellers = people.hire(people.SELLERS, password_hash)
    meanings.acknowledge(diary)
    cast = cast_of(marketers, sellers, diary)
    hours = hours_of([cast.sales_head, *cast.reps], around=moment)
    fate = Fate(random, diary, cast, Desk(random, diary, cast, hours), organisation.currency)
    society = Society(random)
    waiting, later = today.waiting(fate, society), today.later(fate, society)
    historic = leads - len(unclaimed) - stories.COUNT - today.COUNT
    writer = Writer(market, diary, facts.Facts(seed, diary))
    write_history(chain(waiting, later, journeys(society, fate, historic)), writer, progress)
    nurture.put_off(diary, cast)
    stories.today(moment)
    today.put_off(later, diary)
    statistics.refresh()  # before questions are asked of what was written
    agreement.sign(diary, len(cast.reps))
    promises.keep(diary)
    excuses.explain(diary, cast)
    barred.enter(diary, seed)
    worth.reckon(diary, leads)
    if leads < worth.MANY:
        meanings.replay(moment)
    lists.keep()
    stories.keep_quiet(moment)
    audit.record(SEEDED, by=None, about=organisation)


def cast_of(marketers: list[User], sellers: list[User], diary: Diary) -> Cast:
    reps = [user for user in sellers if user.role == User.Role.REP]
    return Cast(
        reps=[rep.pk for rep in reps],
        marketers=[user.pk for user in marketers if user.role == User.Role.MARKETER],
        field=[rep.pk for rep in reps if rep.team and rep.team.name == people.CENTRAL],
        sales_head=next(user.pk for user in sellers if user.role == User.Role.SALES_HEAD),
        away=people.holidays(reps, diary.today),
    )


def write_history(lives: Iterator[Journey], writer: Writer, progress: Callable[[int], None]) -> None:
    """The year behind, in batches; keys are checked row by row so that a commit has nothing left to queue."""
    _execute("SET CONSTRAINTS ALL IMMEDIATE")
    # Nothing has statistics before the commit, so PostgreSQL would guess one row and loop over thousands.
    _execute("SET LOCAL jit = off", "SET LOCAL enable_nestloop = off", "SET LOCAL enable_seqscan = off")
    while batch := list(islice(lives, BATCH)):
        writer.write(batch)
        progress(len(batch))
    _execute("SET LOCAL enable_nestloop = on", "SET LOCAL enable_seqscan = on")
    _execute("SET CONSTRAINTS ALL DEFERRED")


def _execute(*statements: str) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def journeys(society: Society, fate: Fate, count: int) -> Iterator[Journey]:
    diary = fate.diary
    yield best_customer(fate)
    for day in diary.days(fate.random, count - 1):
        born_at = diary.time_on(fate.random, day)
        person = society.person()
        journey = fate.journey(person, fate.source(born_at), born_at)
        journey.cut(diary.moment - JUST_NOW)
        yield journey

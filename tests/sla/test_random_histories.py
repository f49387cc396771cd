"""Random histories, swept at random moments or once at the end: clocks and alerts are those of a naive reckoning."""

from __future__ import annotations

import os
import random
from collections import Counter
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from functools import partial
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from leads import activities, deals, funnel, handover, suppression, undo
from leads.models import Activity, Assignment, Lead, StageChange, Touch
from sla import alerts, clocks, tasks
from sla.models import Alert, Clock, Deadline, PromiseStart
from sla.statuses import status_of
from smarketing.foundation.models import Absence, Calendar, Heartbeat
from smarketing.foundation.refusals import Forbidden, Refusal
from tests.factories import make_lead, make_user
from tests.sla.naive_promises import MINUTE, Expected, Told, clocks_of, holder

pytestmark = pytest.mark.django_db
START = datetime(2026, 3, 24, 6, 0, tzinfo=UTC)  # a Tuesday; on Sunday night Europe's clocks change
DAYS = 9
END = START + timedelta(days=DAYS)
LEADS = int(os.environ.get("HISTORIES", "8"))
LATER = date(2026, 6, 1)
DAY_SHIFT = {str(day): [["09:00", "17:00"]] for day in range(5)}
NIGHT_SHIFT = {str(day): [["22:00", "06:00"]] for day in (2, 3, 4, 5)}


class World:
    """A small company in which anything may happen to anybody's lead at any minute."""

    def __init__(self, seed: int) -> None:
        self.dice = random.Random(seed)
        night = Calendar.objects.create(name="Night", time_zone="Europe/Berlin", week=NIGHT_SHIFT)
        never = Calendar.objects.create(name="Never", time_zone="UTC", week={})
        self.reps = [
            make_user("rep"),
            make_user("rep", calendar=night),
            make_user("rep", time_zone="America/Los_Angeles"),
            make_user("rep", calendar=never),
        ]
        self.heads = [make_user("sales_head"), make_user("sales_head"), make_user("marketing_head")]
        self.marketer = make_user("marketer")
        self.leads = [make_lead(since=START - timedelta(days=2)).pk for _ in range(LEADS)]
        self.leads += [self.imported(n) for n in range(LEADS // 4)]
        self.late: set[int] = set()  # of these something was learnt later than it happened, or taken back
        self.leave: set[tuple[int, date]] = set()

    def imported(self, n: int) -> int:
        at = START - timedelta(days=3)
        lead = Lead.objects.create(born_at=at, stage_since=at, email=f"file{n}@example.com")
        self.reach(lead.pk, "mql", at)
        return lead.pk

    def reach(self, pk: int, stage: str, at: datetime) -> None:
        """What a file says: a historic row, and the chain goes where the evidence leads."""
        StageChange.objects.create(
            lead_id=pk, kind="historic", move="reach", to_stage=stage, to_standing="active", at=at
        )
        funnel.settle([pk])

    def act(self, moment: datetime) -> None:
        lead = Lead.objects.get(pk=self.dice.choice(self.leads))
        with suppress(Refusal, Forbidden):
            self.dice.choice(self.possible(lead, moment))()

    def possible(self, lead: Lead, moment: datetime) -> list:
        head, both = self.heads[0], [self.heads[2], self.heads[0]]
        by, rep = lead.owner or self.dice.choice(self.reps), self.dice.choice(self.reps)
        day = {"return_on": LATER, "reason": "timing"}
        at = {"moment": moment}

        def reopen() -> None:
            suppression.appeal(lead.pk, by=by, evidence="New budget", **at)
            for signer in both:
                suppression.sign_appeal(lead.pk, by=signer, **at)

        acts = {
            "visitor": [partial(handover.qualify, lead.pk, by=self.marketer, why="Asked", **at)] * 3,
            "nurturing": [partial(handover.qualify, lead.pk, by=self.marketer, why="Again", **at)],
            "mql": [
                *[partial(handover.accept, lead.pk, by=by, **at)] * 3,
                partial(handover.reject, lead.pk, by=by, reason="bad_data", **at),
                partial(handover.reject, lead.pk, by=by, reason="poor_fit", **at),
                partial(suppression.disqualify, lead.pk, by=head, reason="not_real", **at),
                partial(clocks.start_promises, lead.pk, by=head, **at),
            ],
            "sal": [
                partial(deals.advance, lead.pk, by=by, amount=100, **at),
                partial(suppression.disqualify, lead.pk, by=head, reason="not_real", **at),
                partial(handover.recycle, lead.pk, by=by, **day, **at),
            ],
            "sql": [partial(handover.recycle, lead.pk, by=by, **day, **at)],
            "disqualified": [reopen],
        }.get(str(lead.state), [])
        if lead.owner_id is None and lead.state == "mql":
            acts = [*acts, partial(handover.claim, lead.pk, by=rep, **at)]
        acts = [
            *acts,
            partial(handover.reassign, lead.pk, to=rep, by=head, **at),
            partial(activities.log, lead.pk, by=by, kind="call", outcome="no_answer", **at),
        ]
        if lead.pk % 2:  # of the others all is known when it happens
            return acts
        return [
            *acts,
            partial(self.learn, lead.pk, "sal", moment),
            partial(self.call_elsewhere, lead.pk, moment - MINUTE * self.dice.randrange(600)),
            partial(self.take_back, lead.pk, moment),
        ]

    def learn(self, pk: int, stage: str, moment: datetime) -> None:
        self.late.add(pk)
        self.reach(pk, stage, max(moment - timedelta(hours=1), Lead.objects.get(pk=pk).stage_since + MINUTE))

    def call_elsewhere(self, pk: int, at: datetime) -> None:
        self.late.add(pk)
        Touch.objects.create(lead_id=pk, at=at, kind="call", team="sales")

    def take_back(self, pk: int, moment: datetime) -> None:
        self.late.add(pk)
        row = undo.last_move(Lead.objects.get(pk=pk))
        if row is not None and row.by is not None:
            undo.undo(pk, by=row.by, moment=moment)

    # --- The naive side: what was recorded, and who works when --------------------------------------------
    def told(self, pk: int) -> Told:
        rows = list(StageChange.objects.filter(lead=pk, kind="live").order_by("seq"))
        undone = {row.undoes_id for row in rows if row.undoes_id}
        kept = [row for row in rows if row.move != "undo" and row.pk not in undone]
        contacts = [one.at for one in Activity.objects.filter(lead=pk)]
        starts = PromiseStart.objects.filter(lead=pk)
        return Told(
            [(row.at, row.move, row.to_stage, row.to_standing) for row in kept],
            [(one.at, one.owner_id) for one in Assignment.objects.filter(lead=pk).order_by("id")],
            contacts + [one.at for one in Touch.objects.filter(lead=pk, team="sales")],
            [(s.at, s.stage, sum((row.seq or 0) <= s.seq for row in kept)) for s in starts],
        )

    def works(self, who: int | None, minute: datetime) -> bool:
        number = next((n for n, rep in enumerate(self.reps) if rep.pk == who), 0)
        zone = ["UTC", "Europe/Berlin", "America/Los_Angeles", "UTC"][number]
        local = minute.astimezone(ZoneInfo(zone))
        opened = local.date() - timedelta(days=number == 1 and local.hour < 6)
        if (who, opened) in self.leave or number == 3:
            return False
        if number == 1:
            return (local.hour >= 22 or local.hour < 6) and opened.weekday() in (2, 3, 4, 5)
        return 9 <= local.hour < 17 and opened.weekday() < 5


@pytest.fixture
def world(organisation) -> World:
    seed = int(os.environ.get("SEED", random.randrange(10**6)))
    print(f"SEED={seed} repeats this history")  # noqa: T201 - shown when the test fails
    return World(seed)


def live(world: World) -> list[datetime]:
    """A history with sweeps in between; answers when they were, the last one at the end."""
    minutes = sorted(world.dice.sample(range(DAYS * 24 * 60), LEADS * 14))
    sweeps = []
    for earlier, later in pairwise([0, *minutes]):
        moment = START + later * MINUTE
        world.act(moment)
        if world.dice.random() < 0.3:
            sweeps.append(moment + MINUTE * world.dice.randrange(3))
            tasks.sweep(sweeps[-1])
        if later - earlier < 9 and world.dice.random() < 0.5:
            world.act(moment)
    tasks.sweep(END)
    return [*sweeps, END]


def stored(pk: int) -> list[tuple]:
    found = Clock.objects.counted().filter(lead=pk).select_related("commitment")
    return sorted(
        (c.started_at, c.commitment.key, c.warn_at, c.due_at, c.stopped_at, c.ended, c.owner_id,
         c.worked_seconds, status_of(c, END))
        for c in found
    )  # fmt: skip


def expected(clock: Expected) -> tuple:
    worked = None if clock.worked is None else clock.worked.total_seconds()
    return (clock.started_at, clock.promise, clock.warn_at, clock.due_at, clock.stopped_at, clock.ended,
            clock.owner, worked, clock.status(END))  # fmt: skip


def forget() -> None:
    for model in (Alert, Deadline, Clock):
        model.objects.all().delete()
    Heartbeat.objects.all().delete()


def test_many_sweeps_and_one_come_to_what_history_says(world):
    sweeps = live(world)
    naive = {pk: clocks_of(world.told(pk), world.works) for pk in world.leads}

    assert {pk: stored(pk) for pk in world.leads} == {pk: [*map(expected, naive[pk])] for pk in world.leads}
    assert any(naive.values())
    check_alerts(world, naive, sweeps)

    forget()
    tasks.sweep(END)
    assert {pk: stored(pk) for pk in world.leads} == {pk: [*map(expected, naive[pk])] for pk in world.leads}
    check_alerts(world, naive, [END])


def test_leave_that_is_granted_midway_moves_what_still_runs(world):
    live(world)
    gone = {
        (rep.pk, START.date() + timedelta(days=n))
        for rep in world.reps
        for n in range(world.dice.randrange(12))
    }
    before = {pk: clocks_of(world.told(pk), world.works) for pk in world.leads}
    for who, day in gone:
        Absence.objects.create(user_id=who, starts_on=day, ends_on=day)
    world.leave = gone
    tasks.sweep(END)

    for pk in world.leads:
        after = clocks_of(world.told(pk), world.works)
        # What had stopped keeps what it had; the rest is reckoned anew.
        pairs = zip(before[pk], after, strict=True)
        assert stored(pk) == [expected(old if old.stopped_at else new) for old, new in pairs], pk
    assert clocks.reconcile(END) == 0


def check_alerts(world: World, naive: dict[int, list[Expected]], sweeps: list[datetime]) -> None:
    """Each deadline is told once, to the right people, at the first sweep that could; nobody else is told."""
    heads = {head.pk for head in world.heads[:2]}
    due: Counter[tuple] = Counter()
    for pk in set(world.leads) - world.late:
        told = world.told(pk)
        for clock in naive[pk]:
            for kind, sweep in told_at(clock, sweeps):
                owner = clock.owner if kind == "breach" else holder(told, sweep)
                people = {owner} - {None} | (heads if kind == "breach" or owner is None else set())
                due.update((pk, clock.promise, clock.started_at, kind, person, sweep) for person in people)
    assert given(world) == due
    assert due
    fired = Deadline.objects.filter(kind="breach").exclude(fired_at=None)
    broken = [clock for pk in world.leads for clock in naive[pk] if clock.status(END) == "broken"]
    assert fired.count() >= len(broken)


def told_at(clock: Expected, sweeps: list[datetime]) -> list[tuple[str, datetime]]:
    if clock.due_at is None or clock.warn_at is None:
        return []
    found = []
    warned = next((s for s in sweeps if s >= clock.warn_at), None)
    unstopped = warned and (clock.stopped_at is None or clock.stopped_at > warned)
    if warned and warned <= clock.due_at and unstopped:
        found.append(("warning", warned))
    broken = next((s for s in sweeps if s > clock.due_at), None)
    if broken and (clock.stopped_at is None or clock.stopped_at > clock.due_at):
        found.append(("breach", broken))
    return found


def given(world: World) -> Counter[tuple]:
    found: Counter[tuple] = Counter()
    for alert in Alert.objects.all():
        covered = list(alerts.covered(alert).select_related("clock__commitment"))
        assert len(covered) == alert.many
        for one in covered:
            clock = one.clock
            if clock.lead_id not in world.late:
                key = (clock.lead_id, clock.commitment.key, clock.started_at, one.kind)
                found[*key, alert.recipient_id, one.fired_at] += 1
    return found

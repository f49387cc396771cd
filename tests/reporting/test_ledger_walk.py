"""Whatever people do to leads and files say about them, in any order: the ledger balances after it."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from io import StringIO
from pathlib import Path
from random import Random

import pytest
from django.core.management import call_command
from django.utils.timezone import now

from leads import capture, deals, funnel, handover, suppression
from leads.models import Appeal, ImportBatch, Lead, StageChange
from leads.undo import undo
from reporting import reconcile
from sla import tasks
from smarketing.foundation.models import Absence, User
from smarketing.foundation.refusals import Forbidden, Refusal
from tests.conftest import make_organisation
from tests.factories import make_user
from tests.leads.importing import run, write

pytestmark = pytest.mark.django_db
HEADER = (
    "email,owner,reached.mql,reached.sal,rejected.at,rejected.reason,recycled.until,disqualified.reason,stage"
)


class Life:
    """A company in which anything may happen next."""

    def __init__(self, seed: int, folder: Path) -> None:
        make_organisation()
        self.random, self.folder, self.files, self.people = Random(seed), folder, 0, 0
        self.reps = [make_user("rep", email=f"rep{n}@walk.example") for n in range(3)]
        self.head, self.marketing_head = make_user("sales_head"), make_user("marketing_head")
        self.marketer = make_user("marketer")
        self.done: list[str] = []

    def step(self) -> None:
        acts: list[Callable[[], object]] = [
            *(self.born, self.qualify, self.qualify, self.claim, self.accept, self.reject, self.recycle),
            *(self.disqualify, self.reopen, self.reassign, self.reassign, self.advance, self.win, self.lose),
            *(self.undo, self.undo, self.holidays, self.take_file, self.take_history, self.take_back),
        ]
        act = self.random.choice(acts)
        self.done.append(act.__name__)
        try:
            act()
        except (Refusal, Forbidden):
            self.done[-1] += " (refused)"

    def some(self, **where) -> int:
        keys = list(Lead.objects.filter(**where).order_by("pk").values_list("pk", flat=True))
        if not keys:
            raise Refusal("nobody")
        return self.random.choice(keys)

    def soon(self):
        return (now() + timedelta(days=self.random.randint(2, 90))).date()

    def born(self) -> None:
        self.people += 1
        email = f"walk{self.people}@walk.example"
        lead = funnel.capture(by=None, moment=now(), email=email, email_norm=email)
        if self.random.random() < 0.5:
            capture.touch(lead.pk, kind="visit")

    def qualify(self) -> None:
        by = self.random.choice([None, self.marketer])
        handover.qualify(self.some(stage="visitor"), by=by, why="Ready")

    def claim(self) -> None:
        handover.claim(self.some(stage="mql", owner=None), by=self.random.choice(self.reps))

    def accept(self) -> None:
        handover.accept(self.some(stage="mql"), by=self.head)

    def reject(self) -> None:
        reason = self.random.choice(["poor_fit", "bad_data", "too_early"])
        handover.reject(self.some(stage="mql"), by=self.head, reason=reason, return_on=self.soon())

    def recycle(self) -> None:
        handover.recycle(self.some(), by=self.head, reason="timing", return_on=self.soon())

    def disqualify(self) -> None:
        suppression.disqualify(self.some(), by=self.head, reason="competitor")

    def reopen(self) -> None:
        lead = self.some(standing="disqualified")
        if not Appeal.objects.filter(lead=lead, change=None).exists():
            suppression.appeal(lead, by=self.head, evidence="Grew")
        for key in (self.head, self.marketing_head):
            suppression.sign_appeal(lead, by=key)

    def reassign(self) -> None:
        handover.reassign(self.some(), to=self.random.choice(self.reps), by=self.head)

    def advance(self) -> None:
        deals.advance(self.some(stage="sal"), by=self.head, amount=Decimal(900))

    def win(self) -> None:
        deals.win(self.some(stage="sql"), by=self.head)

    def lose(self) -> None:
        deals.lose(self.some(stage="sql"), by=self.head, reason="price")

    def undo(self) -> None:
        last = StageChange.objects.filter(kind="live").exclude(by=None).order_by("-id").first()
        if last is not None:
            undo(last.lead_id, by=User.objects.get(pk=last.by_id))

    def holidays(self) -> None:
        """Somebody leaves, or everybody is back."""
        today = now().date()
        if self.random.random() < 0.5:
            Absence.objects.all().delete()
        else:
            for rep in self.random.sample(self.reps, self.random.randint(1, 3)):
                Absence.objects.create(user=rep, starts_on=today, ends_on=today)

    def take_file(self) -> None:
        """A file about a few of these leads and of others, as another system might see them."""
        self.files += 1
        known = list(Lead.objects.exclude(email="").order_by("pk").values_list("email", flat=True))
        rows = [self.row(email) for email in self.random.sample(known, min(len(known), 3))]
        rows += [self.row(f"file{self.files}-{n}@walk.example") for n in range(2)]
        file = write(self.folder, "\n".join([HEADER, *rows]) + "\n", f"{self.files}.csv")
        options = ["--overwrite"] if self.random.random() < 0.4 else []
        assert run("import_leads", file, *options).status == 0

    def take_history(self) -> None:
        """What another system knows of where leads stood when."""
        self.files += 1
        known = list(Lead.objects.exclude(email="").order_by("pk").values_list("email", flat=True))
        states = ["mql,", "sal,", "sql,", "customer,", ",nurturing", ",disqualified", "sql,lost", "visitor,"]
        rows = [
            f"{email},{self.moment()},{self.random.choice(states)}"
            for email in [*self.random.sample(known, min(len(known), 3)), f"past{self.files}@walk.example"]
        ]
        file = write(self.folder, "\n".join(["email,at,stage,standing", *rows]) + "\n", f"{self.files}.csv")
        assert run("import_history", file).status == 0

    def take_back(self) -> None:
        """One of the last files was a mistake."""
        batches = list(ImportBatch.objects.filter(undone_at=None).order_by("-pk")[:3])
        if batches:
            call_command("undo_import", self.random.choice(batches).pk, stdout=StringIO())

    def row(self, email: str) -> str:
        random, maybe = self.random, lambda value, chance: value if random.random() < chance else ""
        cells = [
            email,
            maybe(random.choice(self.reps).email, 0.6),
            maybe(self.moment(), 0.5),
            maybe(self.moment(), 0.3),
            *random.choice([("", "")] * 4 + [(self.moment(), "bad_data"), (self.moment(), "poor_fit")]),
            maybe(self.soon().isoformat(), 0.1),
            maybe("competitor", 0.05),
            maybe(random.choice(["mql", "sal", "customer"]), 0.1),
        ]
        return ",".join(cells)

    def moment(self) -> str:
        return (now() - timedelta(minutes=self.random.randint(1, 90_000))).isoformat()


def walk(seed: int, folder: Path, steps: int) -> None:
    life = Life(seed, folder)
    for number in range(steps):
        life.step()
        if number % 6 == 5:
            found = reconcile.prove().findings
            assert found == [], (seed, life.done[-8:])
    tasks.sweep(now())
    assert reconcile.prove().findings == [], seed


@pytest.fixture(autouse=True)
def stored(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"


@pytest.mark.parametrize("seed", range(2))
def test_the_ledger_balances_on_a_random_walk(seed, tmp_path):
    walk(seed, tmp_path, 60)


def test_an_imported_disqualification_that_an_undo_brings_back_bars_again(tmp_path):
    life = Life(0, tmp_path)
    lead = funnel.capture(
        by=None, moment=now() - timedelta(days=1), email="a@b.example", email_norm="a@b.example"
    )
    handover.qualify(lead.pk, by=life.marketer, why="Ready", moment=now() - timedelta(hours=2))
    past = (now() - timedelta(hours=1)).isoformat()
    handover.accept(lead.pk, by=life.head)
    rows = f"email,at,stage,standing\na@b.example,{past},,disqualified\n"
    assert run("import_history", write(tmp_path, rows, "past.csv")).status == 0
    undo(lead.pk, by=life.head)

    lead.refresh_from_db()
    assert lead.standing == "disqualified"
    assert reconcile.prove().findings == []


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(2, 22))
def test_the_ledger_balances_on_many_random_walks(seed, tmp_path):
    walk(seed, tmp_path, 150)

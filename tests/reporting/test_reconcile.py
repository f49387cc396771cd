"""The ledger is proved from history: what holds over a year of a company, and what each corruption is called.

All tests of a corruption share one company, made as the owner of the tables in a transaction that is taken back.
"""

import json
from collections.abc import Callable
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.utils.timezone import now

from leads import funnel, handover, suppression
from leads.models import Handover, Lead
from leads.undo import undo
from reporting import reconcile
from sla import clocks, tasks
from smarketing.foundation.models import Heartbeat
from smarketing.foundation.roles import as_owner
from tests.conftest import make_organisation
from tests.factories import make_campaign, make_user, news_of
from tests.smarketing.demos import seed

START = now() - timedelta(days=3)
HOUR = timedelta(hours=1)


@pytest.mark.django_db
def test_a_year_of_the_demo_balances(tmp_path):
    seed(tmp_path)
    proof = reconcile.prove()

    assert proof.findings == []
    assert proof.handovers > 100


class Company:
    """A lead of every fate that a hand-over can have; each was made by the acts themselves."""

    def __init__(self) -> None:
        make_organisation()
        self.marketer, self.head = make_user("marketer"), make_user("sales_head")
        self.webinar = make_campaign("Webinar")
        self.unclaimed, self.claimed = self.qualified("unclaimed"), self.qualified("claimed")
        self.rep, self.other = make_user("rep", name="Kofi Mensah"), make_user("rep", name="Ana Duarte")
        for fate in ("waiting", "accepted", "rejected", "recycled", "withdrawn", "undone", "back", "mistake"):
            setattr(self, fate, self.qualified(fate))
        self.handed_on = self.qualified("handed on")
        self.live()

    def qualified(self, name: str) -> Lead:
        lead = funnel.capture(by=None, moment=START, last_name=name, campaign=self.webinar)
        return handover.qualify(lead.pk, by=self.marketer, why="Asked for prices", moment=START + HOUR)

    def live(self) -> None:
        at, soon = START + 2 * HOUR, (now() + timedelta(days=30)).date()
        handover.claim(self.claimed.pk, by=self.rep, moment=at)
        handover.accept(self.accepted.pk, by=None, moment=at)
        handover.reject(self.rejected.pk, by=None, reason="wrong_person", moment=at)
        handover.recycle(self.recycled.pk, by=None, reason="timing", return_on=soon, moment=at)
        suppression.disqualify(self.withdrawn.pk, by=None, reason="competitor", moment=at)
        undo(self.undone.pk, by=self.marketer, moment=START + HOUR + timedelta(minutes=5))
        handover.recycle(self.back.pk, by=None, reason="timing", return_on=soon, moment=at)
        news_of(self.back, at + HOUR / 2)
        handover.qualify(self.back.pk, by=None, moment=at + HOUR)
        handover.accept(self.mistake.pk, by=self.head, moment=at)
        undo(self.mistake.pk, by=self.head, moment=at + timedelta(minutes=5))
        owner = self.handed_on.owner
        to = self.other if owner == self.rep else self.rep
        handover.reassign(self.handed_on.pk, to=to, by=self.head, moment=at)
        self.sweep()

    def sweep(self) -> None:
        Heartbeat.objects.filter(pk=clocks.NEWS).delete()
        tasks.sweep(now())
        # As if the sweep had looked long after all this: what is younger than its look back is not held against it.
        Heartbeat.beat(clocks.NEWS, now() + HOUR)


@pytest.fixture(scope="module")
def shared(django_db_setup, django_db_blocker):
    with django_db_blocker.unblock(), as_owner(), transaction.atomic():
        yield Company()
        transaction.set_rollback(True)


@pytest.fixture
def company(shared, django_db_blocker):
    """The same company for everybody; what a test does to it is taken back."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield shared
        transaction.set_rollback(True)


def balance(*options: str) -> str:
    out = StringIO()
    call_command("balance", *options, stdout=out)
    return out.getvalue()


def balance_fails(*options: str) -> str:
    out = StringIO()
    with pytest.raises(CommandError) as failed:
        call_command("balance", *options, stdout=out)
    assert failed.value.returncode == 1
    return out.getvalue()


def corrupt(sql: str, lead: Lead) -> None:
    """Change rows behind the back of every guard."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(sql, {"lead": lead.pk})


def test_a_company_that_lived_by_the_acts_balances(company):
    told = balance()

    assert "The ledger balances." in told
    assert "11 hand-overs and 11 leads" in told
    report = json.loads(balance("--json"))
    assert report["balances"] is True
    assert report["total"] == {
        "delivered": 11, "accepted": 1, "rejected": 1, "recycled": 2, "reassigned": 1, "withdrawn": 1, "open": 5,
    }  # fmt: skip


# Which lead is corrupted, how, and which check tells.
CORRUPTIONS = {
    "ends_once": (
        "accepted",
        "UPDATE leads_handover SET opened_at = ended_at + interval '1 day' WHERE lead_id = %(lead)s",
    ),
    "of_a_qualification": (
        "waiting",
        "UPDATE leads_handover h SET entry_id = c.id FROM leads_stagechange c"
        " WHERE h.lead_id = %(lead)s AND c.lead_id = %(lead)s AND c.move = 'capture'",
    ),
    "was_made": ("waiting", "DELETE FROM leads_assignment WHERE lead_id = %(lead)s"),
    "was_delivered": (
        "handed_on",
        "DELETE FROM leads_handover WHERE lead_id = %(lead)s AND ended_at IS NULL",
    ),
    "stands_at_mql": ("waiting", "UPDATE leads_lead SET stage = 'sal' WHERE id = %(lead)s"),
    "is_in_hand": ("back", "DELETE FROM leads_handover WHERE lead_id = %(lead)s AND ended_at IS NULL"),
    "ended_by_its_cause": (
        "accepted",
        "UPDATE leads_handover SET ended_by_change_id = NULL WHERE lead_id = %(lead)s",
    ),
    "ended_its_handover": ("rejected", "DELETE FROM leads_handover WHERE lead_id = %(lead)s"),
    "follows_a_reassignment": (
        "handed_on",
        "UPDATE leads_handover SET ending = 'withdrawn', cause = 'erased' WHERE lead_id = %(lead)s"
        " AND ended_at IS NOT NULL",
    ),
    "is_there": ("waiting", "DELETE FROM leads_lead WHERE id = %(lead)s"),
    "as_history_says": (
        "accepted",
        "UPDATE leads_lead SET sal_at = sal_at + interval '1 s' WHERE id = %(lead)s",
    ),
    "in_its_chain": ("accepted", "UPDATE leads_lead SET seq = seq + 1 WHERE id = %(lead)s"),
    "owned_as_assigned": ("accepted", "UPDATE leads_lead SET owner_id = NULL WHERE id = %(lead)s"),
    "barred": ("withdrawn", "UPDATE leads_suppression SET lifted_at = now() WHERE lead_id = %(lead)s"),
    "clocks_as_history_says": (
        "accepted",
        "UPDATE sla_clock SET stopped_at = NULL, ended = '' WHERE lead_id = %(lead)s AND ended = 'decided'",
    ),
}


@pytest.mark.parametrize("check", CORRUPTIONS)
def test_a_corruption_is_named_with_its_lead(company, check):
    name, sql = CORRUPTIONS[check]
    lead = getattr(company, name)
    corrupt(sql, lead)

    told = balance_fails()
    differences = {each["check"]: each for each in json.loads(balance_fails("--json"))["differences"]}

    assert reconcile.SENTENCES[check] in told
    assert f"lead {lead.pk}: " in told
    assert [each["lead"] for each in differences[check]["leads"]] == [lead.pk] * differences[check]["count"]
    assert "The ledger balances" not in told


def test_every_check_is_shown_to_bite():
    assert set(CORRUPTIONS) == set(reconcile.SENTENCES)


MOVED: dict[str, Callable[[Company], object]] = {
    "a history row that is gone": lambda company: corrupt(
        "DELETE FROM leads_stagechange WHERE lead_id = %(lead)s AND move = 'accept'", company.accepted
    ),
    "an assignment to somebody else": lambda company: corrupt(
        "UPDATE leads_assignment SET owner_id = NULL WHERE lead_id = %(lead)s", company.waiting
    ),
    "a second end of a hand-over": lambda company: corrupt(
        "UPDATE leads_handover SET ending = 'rejected' WHERE lead_id = %(lead)s", company.accepted
    ),
    "an open hand-over of a lead that was accepted": lambda company: corrupt(
        "UPDATE leads_handover SET ending = '', ended_at = NULL, ended_by_change_id = NULL"
        " WHERE lead_id = %(lead)s",
        company.accepted,
    ),
    "a highest stage that it never reached": lambda company: corrupt(
        "UPDATE leads_lead SET highest_stage = 'customer' WHERE id = %(lead)s", company.waiting
    ),
    "a rep who was never given the lead": lambda company: corrupt(
        "UPDATE leads_handover SET rep_id = (SELECT max(id) FROM foundation_user WHERE role = 'marketer')"
        " WHERE lead_id = %(lead)s",
        company.claimed,
    ),
    "the same hand-over twice": lambda company: corrupt(
        "INSERT INTO leads_handover (lead_id, entry_id, rep_id, opened_at, recorded_at, ended_at, ending, cause,"
        " ended_by_change_id) SELECT lead_id, entry_id, rep_id, opened_at, recorded_at, ended_at, ending, cause,"
        " ended_by_change_id FROM leads_handover WHERE lead_id = %(lead)s",
        company.accepted,
    ),
}


@pytest.mark.parametrize("what", MOVED)
def test_it_does_not_balance_with(company, what):
    MOVED[what](company)

    balance_fails()


def test_an_undone_pair_is_ignored(company):
    at = now()
    handover.accept(company.waiting.pk, by=company.head, moment=at)
    undo(company.waiting.pk, by=company.head, moment=at)

    assert reconcile.prove().findings == []
    assert Handover.objects.filter(lead=company.waiting).get().ended_at is None


def test_a_window_tells_only_of_its_own_days_and_proves_everything(company):
    report = json.loads(balance("--json", "--until", START.date().isoformat()))

    assert report["total"]["delivered"] == 0
    assert report["proved"]["handovers"] == 11


@pytest.mark.parametrize(
    "options", [["--since", "yesterday"], ["--since", "2026-02-01", "--until", "2026-01-01"]]
)
def test_wrong_days_are_wrong_usage(company, options):
    with pytest.raises(CommandError) as failed:
        balance(*options)

    assert failed.value.returncode == 2


@pytest.mark.django_db
def test_without_an_organisation_it_says_how_to_make_one():
    with pytest.raises(CommandError, match=r"manage\.py setup") as failed:
        balance()

    assert failed.value.returncode == 1


def test_the_tables_add_up_by_campaign_rep_and_week(company):
    report = json.loads(balance("--json"))

    for by in ("by_campaign", "by_rep", "by_week", "cells"):
        for name in report["total"]:
            assert sum(line[name] for line in report[by]) == report["total"][name], (by, name)
    assert [line["key"] for line in report["by_campaign"]] == ["Webinar"]
    assert {line["key"] for line in report["by_rep"]} == {"Kofi Mensah", "Ana Duarte"}


def test_proving_asks_as_often_for_many_leads_as_for_few(company, django_assert_max_num_queries):
    def cost() -> int:
        with django_assert_max_num_queries(40) as caught:
            reconcile.prove()
        return len(caught)

    few = cost()
    for n in range(8):
        company.qualified(f"more {n}")
    company.sweep()
    assert cost() == few

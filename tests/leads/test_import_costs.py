"""What campaigns and channels cost, from a file."""

from datetime import date
from decimal import Decimal

import pytest

from leads.importing import costs
from leads.models import Cost
from tests.conftest import make_organisation
from tests.leads.importing import counts, run, write

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def company(db, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"
    return make_organisation()


@pytest.fixture
def take(tmp_path):
    def take(text, *arguments):
        done = run("import_costs", write(tmp_path, text), *arguments)
        assert done.status == 0, done.said
        counts(done.result)
        return done.result

    return take


def test_a_cost_belongs_to_a_campaign_a_channel_both_or_neither(take):
    take(
        "campaign,channel,from,until,amount,currency\n"
        "Spring,,2024-01-01,2024-01-31,100.50,\n,social,2024-01-01,2024-01-31,7,usd\n,,2024-01-01,2024-01-31,0,\n"
    )
    stored = Cost.objects.order_by("id").values_list("campaign__name", "channel__name", "amount", "currency")
    assert list(stored) == [
        ("Spring", None, Decimal("100.5"), "EUR"),
        (None, "social", 7, "USD"),
        (None, None, 0, "EUR"),
    ]


def test_a_single_day_and_mapped_columns(take):
    take(
        'origin,day,cost\nsocial,31.01.2024,"1.234,50"\n',
        "--map",
        "origin=channel",
        "--map",
        "day=date",
        "--map",
        "cost=amount",
    )
    cost = Cost.objects.get()
    assert (cost.starts_on, cost.ends_on, cost.amount) == (
        date(2024, 1, 31),
        date(2024, 1, 31),
        Decimal("1234.5"),
    )


def test_two_equal_invoices_of_one_file_are_two_and_the_file_again_is_none(take):
    text = "channel,date,amount\nsocial,2024-01-31,5\nsocial,2024-01-31,5\n"
    assert counts(take(text)) == (2, 0, 0, 0)
    assert counts(take(text)) == (0, 0, 2, 0)


def test_another_amount_is_kept_out_unless_told_to(take):
    take("channel,date,amount\nsocial,2024-01-31,5\n")
    changed = "channel,date,amount\nsocial,2024-01-31,6\n"
    result = take(changed)
    assert counts(result) == (0, 0, 1, 0)
    assert result["warnings"] == {"cost is stored with another amount; kept": 1}
    assert counts(take(changed, "--overwrite")) == (0, 1, 0, 0)
    assert counts(take(changed, "--overwrite")) == (0, 0, 1, 0)
    assert Cost.objects.get().amount == 6


def test_rows_that_are_no_cost_are_rejected(take):
    result = take(
        "channel,from,until,amount,currency\n"
        "a,2024-01-01,2024-01-31,,\nb,2024-01-01,2024-01-31,lots,\nc,2024-01-01,2024-01-31,-1,\n"
        "d,2024-01-31,2024-01-01,1,\ne,2024-01-01,,1,\nf,2024-02-30,2024-03-01,1,\ng,2024-01-01,2024-01-31,1,Euro\n"
    )
    assert result["rejected"] == 7
    assert set(result["reasons"]) == {
        "no amount",
        "unreadable amount",
        "negative amount",
        "days reversed",
        "no date",
        "unreadable date",
        "unknown currency",
    }


def test_a_total_below_the_table_is_no_cost(take):
    assert counts(take("channel,date,amount\nsocial,2024-01-31,5\nTotal,,5\n")) == (1, 0, 0, 0)


def test_equal_invoices_are_told_apart_across_chunks_and_processes(take, monkeypatch):
    monkeypatch.setattr("leads.importing.tables.ROWS_PER_CHUNK", 2)
    whole = costs.take

    def in_a_new_process(source, span):
        costs._seen = None
        return whole(source, span)

    monkeypatch.setitem(
        __import__("leads.importing.batches", fromlist=["TAKE"]).TAKE, "costs", in_a_new_process
    )
    text = "channel,date,amount\n" + "social,2024-01-31,5\n" * 5
    assert counts(take(text)) == (5, 0, 0, 0)
    assert sorted(Cost.objects.values_list("ordinal", flat=True)) == [1, 2, 3, 4, 5]
    assert counts(take(text)) == (0, 0, 5, 0)

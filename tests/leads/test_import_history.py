"""`import_history`: how leads moved elsewhere, one row a move, each taken and none twice."""

from datetime import UTC, datetime, timedelta

import pytest

from leads import handover
from leads.importing import tables
from leads.models import Lead, StageChange, Suppression, SuppressionHit
from leads.stages import Stage
from smarketing.foundation.models import PersonAlias
from tests.factories import MONDAY_9, make_lead, make_user
from tests.leads.importing import counts, run, write

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("organisation")]
HEADER = "external_id,email,at,stage,standing,move,reason,by\n"


def take(tmp_path, rows: str, *arguments: str):
    return run("import_history", write(tmp_path, HEADER + rows), "--source", "crm", *arguments)


def told(lead: Lead | None = None) -> list[tuple[str, str, str]]:
    """(stage, standing, move) of the historic rows in the order in which they are read."""
    rows = StageChange.objects.filter(kind="historic").order_by("at", "id")
    rows = rows.filter(lead=lead) if lead else rows
    return list(rows.values_list("to_stage", "to_standing", "move"))


def test_each_row_becomes_a_line_of_history_and_the_lead_stands_where_the_last_one_says(tmp_path):
    done = take(
        tmp_path,
        "A1,ada@example.com,2024-01-08 09:00,visitor,,,,\nA1,,2024-01-10 10:00,mql,,,,\nA1,,2024-01-15,sql,,,,\n",
    )

    assert counts(done.result) == (3, 0, 0, 0)
    lead = Lead.objects.get(email="ada@example.com")
    assert (lead.stage, lead.highest_stage, lead.sal_at) == ("sql", "sql", None)
    assert lead.born_at == datetime(2024, 1, 8, 9, tzinfo=UTC)
    assert lead.mql_at == datetime(2024, 1, 10, 10, tzinfo=UTC)
    assert set(StageChange.objects.values_list("batch_id", flat=True)) == {done.result["batch"]}


def test_the_same_file_again_changes_nothing(tmp_path):
    rows = "A1,,2024-01-08,visitor,,,,\nA1,,2024-01-10,mql,,,,\nA1,,2024-01-11,,nurture,rejected,poor_timing,Rita\n"
    take(tmp_path, rows)

    assert counts(take(tmp_path, rows).result) == (0, 0, 3, 0)
    assert StageChange.objects.count() == 3


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        ("MQL,,", ("mql", "active", "reach")),
        ("Sales accepted,,accepted", ("sal", "active", "accept")),
        ("Sales Qualified Lead,,", ("sql", "active", "reach")),
        ("customer,,", ("customer", "won", "reach")),
        (",closed won,", ("customer", "won", "reach")),
        ("nurture,,", ("visitor", "nurturing", "recycle")),
        ("visitor,nurturing,recycled", ("visitor", "nurturing", "recycle")),
        ("mql,nurturing,reject", ("visitor", "nurturing", "reject")),
        ("nurture,,rejected", ("visitor", "nurturing", "reject")),
        ("rejected,,", ("visitor", "nurturing", "reject")),
        (",,reject", ("visitor", "nurturing", "reject")),
        (",,Accepted", ("sal", "active", "accept")),
        (",active,accept", ("sal", "active", "accept")),
        ("mql,disqualified,", ("mql", "disqualified", "disqualify")),
        ("mql,disqualified,rejected", ("mql", "disqualified", "reject")),
        (",unqualified,", ("visitor", "disqualified", "disqualify")),
        (",lost,", ("sql", "lost", "lose")),
        ("churned,,", ("customer", "churned", "churn")),
    ],
)
def test_the_words_of_files_are_read_as_ours(tmp_path, cells, expected):
    done = take(tmp_path, f"A1,,2024-01-10,{cells},,\n")

    assert told() == [expected]
    assert done.result["warnings"] == {}


def test_an_unknown_stage_is_the_default_with_a_warning(tmp_path):
    done = take(tmp_path, "A1,,2024-01-10,Simmering,,,,\n")

    assert done.result["warnings"] == {'unknown stage "Simmering"; default used': 1}
    assert told() == [("visitor", "active", "reach")]


def test_a_move_that_does_not_lead_to_the_stage_is_left_out_with_a_warning(tmp_path):
    done = take(tmp_path, "A1,,2024-01-10,mql,,accept,,\n")

    assert done.result["warnings"] == {"the move does not lead there; the stage counts": 1}
    assert told() == [("mql", "active", "reach")]


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("A1,,2024-01-10,,,,,\n", "no stage"),
        ("A1,,,mql,,,,\n", "no date"),
        (",,2024-01-10,mql,,,,\n", "no identity"),
    ],
)
def test_a_row_that_lacks_who_when_or_where_is_rejected(tmp_path, row, reason):
    assert take(tmp_path, row).result["reasons"] == {reason: 1}
    assert not Lead.objects.exists()


def test_rows_apply_by_their_dates_whatever_the_order_of_the_file(tmp_path):
    take(tmp_path, "A1,,2024-02-05,customer,,,,\nA1,,2024-01-08,visitor,,,,\nA1,,2024-01-10,mql,,,,\n")

    lead = Lead.objects.get()
    assert (lead.stage, lead.mql_at, lead.born_at) == (
        "customer",
        datetime(2024, 1, 10, tzinfo=UTC),
        datetime(2024, 1, 8, tzinfo=UTC),
    )


def test_of_two_rows_at_one_instant_the_order_of_the_file_decides(tmp_path):
    noon = "2024-01-10 12:00"
    rows = f"A1,,{noon},mql,,,,\nA1,,{noon},,nurture,rejected,,\nA1,,{noon},mql,,,,\n"
    assert counts(take(tmp_path, rows).result) == (3, 0, 0, 0)

    assert told() == [
        ("mql", "active", "reach"),
        ("visitor", "nurturing", "reject"),
        ("mql", "active", "reach"),
    ]
    assert Lead.objects.get().stage == "mql"
    assert counts(take(tmp_path, rows).result) == (0, 0, 3, 0)


def test_a_line_that_a_file_says_twice_in_a_row_counts_once(tmp_path, monkeypatch):
    monkeypatch.setattr(tables, "ROWS_PER_CHUNK", 1)
    rows = "A1,,2024-01-10,mql,,,,\n" + "A1,,2024-01-11,,nurture,rejected,,\n" * 3

    assert counts(take(tmp_path, rows).result) == (2, 0, 2, 0)


def test_a_stage_that_a_lead_file_told_already_is_not_told_again(tmp_path):
    leads = write(tmp_path, "external_id,reached.mql\nA1,2024-01-10\n", "leads.csv")
    run("import_leads", leads, "--source", "crm")

    assert counts(take(tmp_path, "A1,,2024-01-10,mql,,,,\nA1,,2024-01-12,mql,,,,\n").result) == (1, 0, 1, 0)


def test_whoever_moved_it_is_found_or_waits_to_be_claimed(tmp_path):
    rita = make_user("rep", name="Rita Okafor")
    take(tmp_path, "A1,,2024-01-10,mql,,,,Rita Okafor\nA1,,2024-01-11,sal,,,,J. Doe\n")

    by = list(StageChange.objects.order_by("at").values_list("by__name", "by__is_active"))
    assert by == [(rita.name, True), ("J. Doe", False)]
    assert PersonAlias.objects.filter(source="crm", text="J. Doe").exists()


def test_an_e_mail_fills_the_blank_of_a_lead_known_by_its_external_id(tmp_path):
    take(tmp_path, "A1,,2024-01-10,mql,,,,\n")

    done = take(tmp_path, "A1,ada@example.com,2024-01-10,mql,,,,\n")

    assert counts(done.result) == (0, 1, 0, 0)
    assert Lead.objects.get().email_norm == "ada@example.com"


def test_a_lead_left_disqualified_is_barred_with_its_address(tmp_path):
    done = take(
        tmp_path, "A1,ada@example.com,2024-01-10,mql,,,,\nA1,,2024-01-11,disqualified,,,Competitor,\n"
    )

    lead = Lead.objects.get()
    assert (lead.stage, lead.standing) == ("mql", "disqualified")
    bars = set(Suppression.objects.values_list("kind", "value", "reason", "batch_id"))
    batch = done.result["batch"]
    assert bars == {
        ("lead", str(lead.pk), "competitor", batch),
        ("email", "ada@example.com", "competitor", batch),
    }


def test_a_lead_that_came_back_later_in_the_file_is_not_barred(tmp_path, monkeypatch):
    monkeypatch.setattr(tables, "ROWS_PER_CHUNK", 1)
    rows = "A1,,2024-01-10,visitor,,,,\nA1,,2024-01-11,disqualified,,,,\nA1,,2024-03-01,mql,,,,\n"
    done = take(tmp_path, rows)

    assert counts(done.result) == (3, 0, 0, 0)
    assert not Suppression.objects.exists()
    assert Lead.objects.get().standing == "active"


def test_somebody_disqualified_before_is_led_on_by_no_file_but_may_have_a_past(tmp_path):
    take(tmp_path, "A1,,2024-02-11,disqualified,,,,\n")

    done = take(tmp_path, "A1,,2024-01-05,mql,,,,\nA1,,2024-03-01,mql,,,,\n")

    assert counts(done.result) == (1, 0, 0, 1)
    assert done.result["reasons"] == {"suppressed": 1}
    assert Lead.objects.get().standing == "disqualified"
    assert SuppressionHit.objects.get().way == "import"


def test_nobody_new_comes_in_past_the_register(tmp_path):
    Suppression.objects.create(kind="domain", value="rival.example", reason="competitor")

    done = take(tmp_path, ",bo@rival.example,2024-01-05,mql,,,,\n")

    assert done.result["reasons"] == {"suppressed": 1}


def test_a_customer_told_to_be_disqualified_is_kept_so_and_not_barred(tmp_path):
    done = take(tmp_path, "A1,,2024-01-05,customer,,,,\nA1,,2024-03-01,,disqualified,,,\n")

    assert counts(done.result) == (2, 0, 0, 0)
    assert list(done.result["warnings"]) == [
        "a customer cannot be disqualified; kept as disqualified from SQL and not barred"
    ]
    assert not Suppression.objects.exists()


def test_what_happened_before_a_live_move_does_not_move_the_lead_and_what_came_after_does(tmp_path):
    make_user("rep")
    lead = make_lead(stage=Stage.MQL, since=MONDAY_9, email="ada@example.com")
    earlier, later = MONDAY_9 - timedelta(days=9), MONDAY_9 + timedelta(days=1)

    take(tmp_path, f",ada@example.com,{earlier.isoformat()},sal,,,,\n")
    lead.refresh_from_db()
    assert (lead.stage, lead.sal_at) == ("mql", earlier)

    take(tmp_path, f",ada@example.com,{later.isoformat()},sql,,,,\n")
    lead.refresh_from_db()
    assert lead.stage == "sql"
    assert handover.Handover.objects.get(lead=lead).ending == "accepted"


def test_a_dry_run_of_history_tells_the_result_and_stores_nothing(tmp_path):
    done = take(tmp_path, "A1,,2024-01-10,mql,,,,\nA1,,2024-01-11,disqualified,,,,\n", "--dry-run")

    assert counts(done.result) == (2, 0, 0, 0)
    assert not (Lead.objects.exists() or StageChange.objects.exists() or Suppression.objects.exists())


def test_whom_two_files_together_leave_disqualified_is_barred_too(tmp_path):
    take(tmp_path, "A1,ada@example.com,2024-11-05,mql,disqualified,,,\nA1,,2024-11-11,sal,,,,\n")
    lead = Lead.objects.get(email="ada@example.com")
    assert (lead.state, Suppression.objects.exists()) == ("sal", False)

    take(tmp_path, "A1,,2024-09-26,sql,lost,,,\n")

    lead.refresh_from_db()
    assert lead.state == "disqualified"
    assert Suppression.objects.filter(kind="lead", value=str(lead.pk), lifted_at=None).exists()

"""`import_touches`: what happened with leads elsewhere, each event once, and of nobody unknown."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils.timezone import now

from leads import scoring
from leads.importing import tables
from leads.models import Lead, Touch
from tests.factories import make_lead
from tests.leads.importing import counts, run, write

pytestmark = pytest.mark.django_db
HEADER = "external_id,email,event_id,at,kind,campaign,channel,medium,content,url,team\n"


@pytest.fixture
def ada(organisation, tmp_path) -> Lead:
    write(tmp_path, "external_id,email\nA1,ada@example.com\n", "leads.csv")
    run("import_leads", tmp_path / "leads.csv", "--source", "crm")
    return Lead.objects.get()


def take(tmp_path, rows: str, *arguments: str, header: str = HEADER):
    return run("import_touches", write(tmp_path, header + rows), "--source", "crm", *arguments)


def test_a_touch_is_stored_with_all_that_the_file_says_of_it(ada, tmp_path):
    row = "A1,,e1,2025-03-04 10:00,download,Spring,email,cpc,Price list,https://x.example/p,marketing\n"
    done = take(tmp_path, row)

    assert counts(done.result) == (1, 0, 0, 0)
    touch = Touch.objects.get()
    assert (touch.lead, touch.kind, touch.team, touch.medium) == (ada, "download", "marketing", "cpc")
    assert (str(touch.campaign), str(touch.channel)) == ("Spring", "email")
    assert (touch.content, touch.url, touch.event_id) == ("Price list", "https://x.example/p", "e1")
    assert touch.at == datetime(2025, 3, 4, 10, tzinfo=UTC)
    assert touch.batch_id == done.result["batch"]


def test_the_lead_is_found_by_external_id_and_else_by_e_mail(ada, tmp_path):
    other = make_lead(email="bea@example.com")
    done = take(
        tmp_path, "A1,bea@example.com,,2025-03-04,visit,,,,,,\n,BEA@example.com,,2025-03-05,visit,,,,,,\n"
    )

    assert counts(done.result) == (2, 0, 0, 0)
    assert list(Touch.objects.order_by("at").values_list("lead_id", flat=True)) == [ada.pk, other.pk]


def test_the_touches_of_a_merged_lead_go_to_the_one_it_was_merged_into(ada, tmp_path):
    survivor = make_lead()
    Lead.objects.filter(pk=ada.pk).update(merged_into=survivor)

    take(tmp_path, "A1,,,2025-03-04,visit,,,,,,\n")

    assert Touch.objects.get().lead_id == survivor.pk


def test_nothing_more_is_stored_of_a_lead_that_was_erased(ada, tmp_path):
    Lead.objects.filter(pk=ada.pk).update(erased_at=now())

    assert take(tmp_path, "A1,,,2025-03-04,visit,,,,,,\n").result["reasons"] == {"erased": 1}


def test_a_row_about_nobody_known_is_rejected_with_what_to_do(ada, tmp_path):
    done = take(tmp_path, "Z9,zoe@example.com,,2025-03-04,visit,,,,,,\n")

    assert done.result["reasons"] == {"unknown lead": 1}
    sentence = 'row 1: no lead has external id "Z9" of source "crm" or e-mail "zoe@example.com"; '
    assert sentence + "import the lead first, or correct the row" in done.said
    assert not Lead.objects.filter(email="zoe@example.com").exists()


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (",,,2025-03-04,visit,,,,,,\n", "no identity"),
        (",no-address,,2025-03-04,visit,,,,,,\n", "invalid e-mail"),
        ("A1,,,,visit,,,,,,\n", "no date"),
        ("A1,,,someday,visit,,,,,,\n", "unreadable date"),
    ],
)
def test_a_row_that_says_neither_who_nor_when_is_rejected(ada, tmp_path, row, reason):
    assert take(tmp_path, row).result["reasons"] == {reason: 1}


def test_an_event_is_taken_once_however_often_it_comes(ada, tmp_path):
    row = "A1,,e1,2025-03-04,visit,,,,,,\n"
    assert counts(take(tmp_path, row + row).result) == (1, 0, 1, 0)

    again = take(tmp_path, row + "A1,,e1,2025-03-09,webinar,,,,,,\nA1,,e2,2025-03-04,visit,,,,,,\n")

    assert counts(again.result) == (1, 0, 2, 0)
    assert again.result["warnings"] == {"this event is stored already, otherwise; kept as it was": 1}
    assert Touch.objects.get(event_id="e1").kind == "visit"


def test_without_event_ids_the_same_file_again_changes_nothing(ada, tmp_path):
    rows = "A1,,,2025-03-04 10:00,visit,Spring,,,,,\nA1,,,2025-03-04 10:00,download,Spring,,,,,\n"
    assert counts(take(tmp_path, rows + rows).result) == (2, 0, 2, 0)

    assert counts(take(tmp_path, rows).result) == (0, 0, 2, 0)
    assert Touch.objects.count() == 2


def test_rows_in_later_chunks_know_what_earlier_ones_stored(ada, tmp_path, monkeypatch):
    monkeypatch.setattr(tables, "ROWS_PER_CHUNK", 2)
    row, event = "A1,,,2025-03-04,visit,,,,,,\n", "A1,,e1,2025-03-05,visit,,,,,,\n"

    assert counts(take(tmp_path, (row + event) * 3).result) == (2, 0, 4, 0)


def test_unknown_kinds_and_teams_are_the_default_with_a_warning(ada, tmp_path):
    done = take(tmp_path, "A1,,,2025-03-04,skywriting,,,,,,ours\n")

    assert done.result["warnings"] == {
        'unknown kind "skywriting"; default used': 1,
        'unknown team "ours"; default used': 1,
    }
    assert (Touch.objects.get().kind, Touch.objects.get().team) == ("other", "marketing")


@pytest.mark.parametrize(
    ("word", "kind", "team"),
    [
        ("Page view", "visit", "marketing"),
        ("Form submission", "form", "marketing"),
        ("E-mail click", "email_click", "marketing"),
        ("Phone call", "call", "sales"),
        ("Meeting", "meeting", "sales"),
        ("", "other", "marketing"),
    ],
)
def test_the_words_of_other_products_are_understood(ada, tmp_path, word, kind, team):
    take(tmp_path, f"A1,,,2025-03-04,{word},,,,,,\n")

    assert (Touch.objects.get().kind, Touch.objects.get().team) == (kind, team)


def test_imported_touches_qualify_nobody_by_themselves(organisation, tmp_path):
    lead = make_lead(email="bea@example.com")
    moments = [
        f",bea@example.com,,{now() - timedelta(hours=n):%Y-%m-%d %H:%M},visit,,,,,,\n" for n in range(9)
    ]
    assert counts(take(tmp_path, "".join(moments)).result) == (9, 0, 0, 0)

    scoring.sweep()

    lead.refresh_from_db()
    assert lead.stage == "visitor"


def test_a_dry_run_tells_the_result_and_stores_nothing(ada, tmp_path):
    done = take(tmp_path, "A1,,,2025-03-04,visit,Spring,,,,,\nZ9,,,2025-03-04,visit,,,,,,\n", "--dry-run")

    assert counts(done.result) == (1, 0, 0, 1)
    assert not Touch.objects.exists()


def test_rejected_rows_are_written_to_correct_and_to_import_again(ada, tmp_path):
    out = tmp_path / "rejects.csv"
    take(tmp_path, "Z9,,,2025-03-04,visit,=1+1,,,,,\n", "--rejects", str(out))

    assert "unknown lead" in out.read_text()
    assert "'=1+1" in out.read_text()

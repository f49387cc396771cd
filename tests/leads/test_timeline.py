"""One timeline of all that happened to a lead: of one kind or of all, twenty rows at a time."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils.timezone import now

from leads import activities, capture, handover
from leads.models import FactChange, Lead, LeadScore, ScoreEntry, Suppression, SuppressionHit, Touch
from leads.pages.sources import SIZE, Place
from leads.pages.timeline import timeline
from leads.stages import Stage
from sla import agreements
from sla.models import Clock, Commitment
from tests.factories import make_lead, make_signed, make_user
from tests.visits import signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("organisation")]
HOUR = timedelta(hours=1)
HTMX = {"HX-Request": "true"}


def titles(lead, show="all"):
    return [entry.title for entry in timeline(lead, moment=now(), show=show).entries]


def everything(lead, show="all"):
    """All pages after each other."""
    found, page = [], timeline(lead, moment=now(), show=show)
    while True:
        found += page.entries
        if page.older is None:
            return found
        page = timeline(lead, moment=now(), show=show, before=str(page.older))


def scored(lead, at, **points):
    """Lines of the score log at one moment, and the score that they make."""
    for rule, n in points.items():
        ScoreEntry.objects.create(
            lead=lead, part="engagement", rule=rule, points=n, cause="touch", definition_version=0, at=at
        )
    score, _ = LeadScore.objects.get_or_create(
        lead=lead,
        defaults={"fit_grade": "C", "engagement_grade": 3, "definition_version": 0, "computed_at": at},
    )
    score.engagement += sum(points.values())
    score.save()


def test_pages_follow_each_other_without_a_gap_or_a_repetition():
    lead = make_lead(owner=make_user("rep"), stage=Stage.SAL)
    same = now() - 3 * HOUR
    for n in range(2 * SIZE):
        capture.touch(lead.pk, kind="visit", url=f"/page/{n}", moment=same if n % 3 else same - n * HOUR)
    found = everything(lead)

    assert len(found) == len({(entry.at, entry.order) for entry in found})
    assert sum(entry.title.startswith("Read") for entry in found) == 2 * SIZE
    assert [(entry.at, entry.order) for entry in found] == sorted(
        ((entry.at, entry.order) for entry in found), reverse=True
    )
    assert len(timeline(lead, moment=now()).entries) == SIZE


def test_a_kind_shows_only_what_is_of_it_and_all_kinds_together_are_everything():
    rep = make_user("rep")
    lead = make_lead(stage=Stage.SAL, owner=rep)
    capture.touch(lead.pk, kind="form", content="Demo", moment=now() - HOUR)
    activities.log(lead.pk, by=rep, kind="call", outcome="spoke")
    scored(lead, now(), pricing=14)
    FactChange.objects.create(
        lead=lead, field="country", before="NL", after="BE", way="hand", by=rep, at=now()
    )

    of = {show: titles(lead, show) for show in ("buyer", "us", "moves", "score", "facts")}
    assert of["buyer"][0] == "Asked for a demo"
    assert of["us"] == ["Spoke on the phone"]
    assert of["moves"][0] == "Accepted by sales"
    assert of["facts"] == ["Country: BE"]
    assert len(of["score"]) == 1
    together = sum(len(found) for found in of.values())
    assert together == len([entry for entry in everything(lead) if entry.of != "promises"])


def test_a_change_of_the_score_says_from_what_to_what_and_by_which_rules():
    make_signed({})
    lead = make_lead()
    scored(lead, now() - 3 * HOUR, pricing=41)
    scored(lead, now() - 2 * HOUR, made_up=9, also=5)
    scored(lead, now() - HOUR, made_up=-4)

    assert titles(lead, "score") == [
        "Score 55 → 51: made up −4",
        "Score 41 → 55: made up +9, also +5",
        "Score 0 → 41: pricing +41",
    ]


def test_older_changes_of_a_score_are_told_from_what_it_was_then():
    lead = make_lead()
    for n in range(SIZE + 5):
        scored(lead, now() - n * HOUR, rule=1)
    found = everything(lead, "score")

    assert found[0].title.startswith(f"Score {SIZE + 4} → {SIZE + 5}:")
    assert found[-1].title.startswith("Score 0 → 1:")


def test_promises_are_told_when_they_begin_when_they_break_and_how_they_end():
    rep = make_user("rep", name="Kofi Mensah")
    lead = make_lead(stage=Stage.MQL, owner=rep)
    start = now() - 9 * HOUR
    agreements.ensure_default()
    commitment = Commitment.objects.get(key="decide")
    Clock.objects.create(
        commitment=commitment, origin_id=1, lead=lead, owner=rep, occurred_at=start, captured_at=start,
        started_at=start, due_at=start + 4 * HOUR, stopped_at=start + 6 * HOUR, ended="decided",
    )  # fmt: skip

    found = titles(lead, "promises")
    assert found[0] == "Decided 2 h 00 min late"
    assert found[1] == "Promise broken"
    assert found[2] == f"Promised: {commitment.name}"


def test_a_hand_over_stands_once_among_everything_and_with_its_end_among_promises():
    rep = make_user("rep", name="Kofi Mensah")
    lead = make_lead(since=now() - 5 * HOUR)
    handover.qualify(lead.pk, by=make_user("marketer"), why="Asked for prices")
    handover.accept(lead.pk, by=rep)

    assert "Handed over to Kofi Mensah" not in titles(lead)
    assert "Given to Kofi Mensah" in titles(lead)
    told = next(e for e in everything(lead, "promises") if e.title == "Handed over to Kofi Mensah")
    assert told.text == "Accepted at once"


def test_what_the_register_stopped_stands_among_the_facts():
    lead = make_lead()
    entry = Suppression.objects.create(kind="email", value="a@b.example", reason="competitor")
    SuppressionHit.objects.create(suppression=entry, lead=lead, way="import")

    assert titles(lead, "facts") == ["Stopped by the never-again register"]


def test_however_much_happened_a_page_asks_as_often():
    lead = make_lead(owner=make_user("rep"), stage=Stage.SAL)

    def asked(before: str = "") -> int:
        with CaptureQueriesContext(connection) as caught:
            timeline(lead, moment=now(), before=before)
        return len(caught)

    for _ in range(4):  # the connection prepares what it asks often
        few = asked()
    Touch.objects.bulk_create(
        Touch(lead=lead, at=now() - n * HOUR, kind="visit", url=f"/p/{n}") for n in range(300)
    )
    assert asked() <= few
    assert asked(str(timeline(lead, moment=now()).older)) <= few


@pytest.mark.parametrize(
    "before", ["nonsense", "2026-01-01_0_1", "2026-01-01T00:00:00+00:00_9999_1", "__", "\0_1_1"]
)
def test_an_unreadable_place_shows_the_newest(before):
    lead = make_lead()
    assert Place.of(before) == Place()
    assert (
        signed_in(make_user("marketer")).get(f"{lead.get_absolute_url()}?before={before}").status_code == 200
    )


def test_without_script_older_rows_are_a_page_of_their_own():
    client, lead = signed_in(make_user("marketer")), make_lead()
    for n in range(SIZE + 3):
        capture.touch(lead.pk, kind="visit", url=f"/page/{n}", moment=now() - n * HOUR)
    first = client.get(lead.get_absolute_url())
    older = first.context["timeline"].older
    second = client.get(lead.get_absolute_url(), {"before": str(older)})

    assert "Show older" in first.content.decode()
    assert not {e.order for e in first.context["timeline"].entries} & {
        e.order for e in second.context["timeline"].entries
    }
    plain = client.get(f"/leads/{lead.pk}/timeline/?show=buyer")
    assert plain.status_code == 302 and plain.url.startswith(f"{lead.get_absolute_url()}?show=buyer")


def test_the_fragment_is_only_for_those_who_see_the_lead():
    lead = make_lead(stage=Stage.SAL, owner=make_user("rep", team="Benelux"))
    url = f"/leads/{lead.pk}/timeline/"

    assert signed_in(make_user("rep", team="Nordics")).get(url, headers=HTMX).status_code == 404
    assert signed_in(make_user("marketer")).get(url, headers=HTMX).status_code == 200
    assert Lead.objects.count() == 1

"""Returned leads: due by themselves, put off, told once, and what they teach."""

from datetime import UTC, datetime, time, timedelta

import pytest
from django.core import mail
from django.db import DatabaseError, transaction
from django.utils.timezone import now

from leads import bars, bulk, bulk_undo, capture, funnel, handover, nurture
from leads.models import Lead, ReturnDate, Suppression, SuppressionHit
from leads.stages import Stage
from reporting import reconcile
from smarketing.foundation import outbox
from smarketing.foundation.models import Mute, OutboxItem
from smarketing.foundation.refusals import Forbidden, Refusal
from tests.factories import make_campaign, make_lead, make_user
from tests.leads.returning import DAY, TODAY, returned
from tests.visits import signed_in, text

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("organisation")]


# --- The list -----------------------------------------------------------------------------------------------
def test_only_marketing_and_heads_read_it(client, rep, marketer):
    for page in ("/nurture/", "/nurture/mend/"):
        assert client.get(page).status_code == 302
        assert signed_in(rep).get(page).status_code == 403
        for person in (marketer, make_user("sales_head"), make_user("administrator")):
            assert signed_in(person).get(page).status_code == 200


def names(person, query: str = "") -> list[str]:
    return [row.lead.name for row in signed_in(person).get(f"/nurture/{query}").context["rows"]]


def test_a_lead_comes_up_by_itself_on_its_day_the_longest_due_first(rep, marketer):
    today, late = returned(1, last_name="Today"), returned(1, last_name="Late")
    soon, never = returned(1, last_name="Soon"), returned(None, last_name="Never")
    Lead.objects.filter(pk=today.pk).update(return_on=TODAY)
    Lead.objects.filter(pk=late.pk).update(return_on=TODAY - 3 * DAY)

    assert names(marketer) == [late.name, today.name]
    assert names(marketer, "?tab=later") == [soon.name]
    assert names(marketer, "?tab=undated") == [never.name]
    page = text(signed_in(marketer).get("/nurture/"))
    assert "due for 3 days" in page and ">today<" in page


def test_the_sidebar_counts_those_that_are_due_for_marketing_only(rep, marketer):
    lead = returned(1)
    Lead.objects.filter(pk=lead.pk).update(return_on=TODAY)

    assert signed_in(marketer).get("/leads/").context["frame"].due == "1"
    assert signed_in(rep).get("/leads/").context["frame"].due == ""


def test_a_row_tells_the_reason_the_words_of_sales_and_what_happened_since(rep, marketer):
    lead = returned(20, note="Budget is fixed until spring", owner=rep)
    capture.touch(lead.pk, kind="webinar", moment=now() - DAY)
    capture.touch(lead.pk, kind="visit", moment=now() - 2 * DAY)
    page = text(signed_in(marketer).get("/nurture/?tab=later"))

    assert "Too early" in page and "Kofi Mensah" in page
    assert "“Budget is fixed until spring”" in page
    assert "2 touches" in page and "Webinar" in page


def test_a_lead_of_which_nothing_is_new_says_so_and_a_barred_one_too(rep, marketer):
    returned(20)
    barred = returned(20, email="spy@rival.example")
    Suppression.objects.create(kind="domain", value="rival.example", reason="competitor")
    page = text(signed_in(marketer).get("/nurture/?tab=later"))

    assert "Nothing new yet" in page and "Barred" in page and barred.name in page


def test_the_list_is_narrowed_by_reason(rep, marketer):
    budget, timing = returned(9, reason="no_budget"), returned(9)

    assert names(marketer, "?tab=later&reason=no_budget") == [budget.name]
    assert set(names(marketer, "?tab=later")) == {budget.name, timing.name}
    assert names(marketer, "?tab=later&reason=%00") == names(marketer, "?tab=later")


def test_pages_follow_each_other_without_loss(rep, marketer, settings):
    leads = [returned(9) for _ in range(3)]
    from leads.pages import nurture as page

    seen, cursor = [], None
    while True:
        found = page.page_by(nurture_of(), "return_on", cursor=cursor, ascending=True, kind=page.date, size=2)
        seen += [lead.pk for lead in found.rows]
        cursor = found.older
        if cursor is None:
            break
    assert sorted(seen) == sorted(lead.pk for lead in leads)


def nurture_of():
    return Lead.objects.filter(standing="nurturing")


def test_the_page_asks_as_often_for_many_leads_as_for_few(rep, marketer, django_assert_max_num_queries):
    for n in range(12):
        capture.touch(returned(9, note="Later", owner=rep).pk, kind="visit", moment=now() - n * DAY)
    client = signed_in(marketer)

    with django_assert_max_num_queries(12):
        assert client.get("/nurture/?tab=later").status_code == 200
    with django_assert_max_num_queries(12):
        assert client.get("/nurture/mend/").status_code == 200


# --- Another date -------------------------------------------------------------------------------------------
def test_another_date_puts_leads_off_and_an_undo_gives_the_old_one_back(rep, marketer):
    lead, other = returned(9), make_lead()
    act = bulk.postpone([lead.pk, other.pk], by=marketer, return_on=TODAY + 90 * DAY)
    lead.refresh_from_db()

    assert lead.return_on == TODAY + 90 * DAY
    assert bulk.said(act.left_out) == "1 not in nurture"
    funnel.settle([lead.pk])
    lead.refresh_from_db()
    assert lead.return_on == TODAY + 90 * DAY
    assert reconcile.prove().balances

    bulk_undo.undo(act.pk, by=marketer)
    lead.refresh_from_db()
    assert lead.return_on == TODAY + 9 * DAY
    assert reconcile.prove().balances


def test_a_date_is_in_the_future_and_marketings_to_choose(rep, marketer):
    lead = returned(9)

    with pytest.raises(Refusal, match="not in the future"):
        bulk.postpone([lead.pk], by=marketer, return_on=TODAY)
    with pytest.raises(Forbidden):
        bulk.postpone([lead.pk], by=rep, return_on=TODAY + DAY)


def test_a_return_date_is_taken_back_once_and_never_changed(rep, marketer):
    bulk.postpone([returned(9).pk], by=marketer, return_on=TODAY + 90 * DAY)

    for change in ({"return_on": TODAY}, {"at": now()}):
        with pytest.raises(DatabaseError), transaction.atomic():
            ReturnDate.objects.update(**change)
    with pytest.raises(DatabaseError), transaction.atomic():
        ReturnDate.objects.all().delete()


def test_acts_of_the_list_lead_back_to_it(rep, marketer):
    lead = returned(9)
    day = (TODAY + 60 * DAY).isoformat()
    client = signed_in(marketer)
    asked = client.post("/leads/bulk/postpone/", {"lead": [lead.pk], "next": "/nurture/?tab=later"})
    done = client.post(
        "/leads/bulk/postpone/",
        {"lead": [lead.pk], "sure": "1", "return_on": day, "next": "/nurture/?tab=later"},
    )

    assert "Another return date for 1 lead" in text(asked)
    assert (done.status_code, done.url) == (302, "/nurture/?tab=later")
    assert Lead.objects.get(pk=lead.pk).return_on.isoformat() == day


# --- Once a day ---------------------------------------------------------------------------------------------
MORNING = datetime.combine(TODAY, time(8), UTC)


def due_today(**facts) -> Lead:
    lead = returned(1, **facts)
    Lead.objects.filter(pk=lead.pk).update(return_on=TODAY)
    return lead


def test_marketing_is_told_once_on_the_day_and_not_before_the_morning(rep, marketer):
    due_today()
    muted = make_user("marketing_head")
    Mute.objects.create(user=muted, kind="nurture_due", way="mail")

    assert nurture.sweep(MORNING - timedelta(hours=2)) == 0
    assert nurture.sweep(MORNING) == nurture.sweep(MORNING + timedelta(hours=1)) == 1
    assert OutboxItem.objects.filter(topic="leads.nurture_due").count() == 2
    OutboxItem.objects.exclude(topic="leads.nurture_due").delete()
    outbox.deliver(now() + DAY)

    assert [(one.subject, one.to) for one in mail.outbox] == [("1 returned lead is due", [marketer.email])]
    assert "/nurture/" in mail.outbox[0].body


def test_a_lead_comes_up_when_its_day_begins_where_the_company_is(rep, marketer, organisation):
    Lead.objects.filter(pk=returned(2).pk).update(return_on=TODAY + DAY)
    organisation.time_zone = "Asia/Tokyo"
    organisation.save()

    assert nurture.sweep(MORNING) == 0  # in the afternoon in Tokyo
    assert nurture.sweep(MORNING + timedelta(hours=15)) == 1  # the next morning there, the same day in UTC


def test_nobody_is_told_of_a_day_without_any(rep, marketer):
    returned(9)

    assert nurture.sweep(MORNING) == 0
    assert not OutboxItem.objects.filter(topic="leads.nurture_due").exists()


def test_a_barred_lead_does_not_come_up_and_is_logged_once(rep, marketer):
    campaign = make_campaign("Spring fair")
    for_good = due_today(email="a@rival.example", campaign=campaign)
    for_a_time = due_today(email="b@later.example")
    until = MORNING + 30 * DAY
    Suppression.objects.create(kind="domain", value="rival.example", reason="competitor")
    Suppression.objects.create(kind="email", value="b@later.example", reason="asked_us_to_stop", until=until)

    assert nurture.sweep(MORNING) == nurture.sweep(MORNING) == 0
    dates = dict(Lead.objects.values_list("pk", "return_on"))
    assert (dates[for_good.pk], dates[for_a_time.pk]) == (None, until.date())
    hits = SuppressionHit.objects.order_by("lead").values_list("way", "lead", "campaign__name")
    assert list(hits) == [("nurture", for_good.pk, "Spring fair"), ("nurture", for_a_time.pk, None)]
    assert reconcile.prove().balances


def test_whom_a_lifted_bar_had_put_off_comes_up_by_itself(rep):
    held, until = returned(-3, email="a@rival.example"), returned(-3, email="b@timed.example")
    still = returned(-3, email="c@other.example")
    later = returned(30)
    for domain, ends in (("rival", None), ("timed", now() + 50 * DAY), ("other", None)):
        Suppression.objects.create(kind="domain", value=f"{domain}.example", reason="competitor", until=ends)
    nurture.sweep(MORNING)
    assert not nurture.due(TODAY).exists()

    Suppression.objects.exclude(value="other.example").update(lifted_at=now())
    nurture.sweep(MORNING)
    nurture.sweep(MORNING)

    assert set(nurture.due(TODAY)) == {held, until}
    for lead in (held, until, still, later):
        lead.refresh_from_db()
    assert (held.return_on, until.return_on, still.return_on) == (TODAY, TODAY, None)
    assert held.return_dates.count() == 2
    assert reconcile.prove(now()).differences == 0


def test_the_sweep_lifts_bars_that_are_over(rep):
    entry = Suppression.objects.create(
        kind="email", value="a@b.example", reason="not_real", until=MORNING - DAY
    )
    nurture.sweep(MORNING)

    entry.refresh_from_db()
    assert entry.lifted_at == entry.until
    assert bars.match([("email", "a@b.example")], MORNING) is None


# --- What to mend -------------------------------------------------------------------------------------------
def test_reasons_route_to_what_marketing_mends_and_each_number_opens_to_its_leads(rep, marketer):
    fair = make_campaign("Spring fair")
    returned(9, campaign=fair), returned(9, campaign=fair), returned(9, reason="no_answer")
    unfit = make_lead(stage=Stage.MQL, campaign=fair)
    handover.reject(unfit.pk, by=None, reason="poor_fit")
    wrong = make_lead(stage=Stage.MQL)
    handover.reject(wrong.pk, by=None, reason="bad_data")
    long_ago = returned(9, ago=200)
    client = signed_in(marketer)
    mends = {one.title: one for one in client.get("/nurture/mend/").context["mends"]}

    assert {title: one.n for title, one in mends.items() if one.n} == {
        "Targeting": 1,
        "Forms and data": 1,
        "Timing": 2,
        "Tries": 1,
    }
    assert [(name, n) for name, n, _, _ in mends["Timing"].campaigns] == [("Spring fair", 2)]
    for one in mends.values():
        urls = [(one.n, one.url), *((n, url) for _, n, url in one.reasons)]
        urls += [(n, url) for _, n, url, _ in one.campaigns]
        for n, url in urls:
            if n:
                assert client.get(url).context["total"] == n, url
    year = {one.title: one.n for one in client.get("/nurture/mend/?days=365").context["mends"]}
    assert year["Timing"] == 3
    assert Lead.objects.filter(nurture.returned_for(["timing"])).count() == 3
    assert long_ago.returned_at < now() - 90 * DAY

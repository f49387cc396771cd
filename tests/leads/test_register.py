"""The never-again register on every way in: whom it bars is stopped, and each stop is a line of its log."""

from datetime import timedelta

import pytest
from django.utils.timezone import localdate, now

from leads import bars, bulk, capture, facts, handover, suppression
from leads.identity import normalise_domain
from leads.models import Account, Handover, Lead, Suppression, SuppressionHit, Touch
from leads.stages import MQL, Stage
from leads.undo import undo
from smarketing.foundation.models import Absence, ApiKey
from smarketing.foundation.refusals import Refusal
from tests.api.callers import Caller
from tests.factories import make_campaign, make_lead, make_user
from tests.leads.importing import run, write
from tests.visits import signed_in, text

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("organisation", "media")]


@pytest.fixture
def barred() -> Lead:
    """Somebody who was disqualified, and whose e-mail address and phone number are barred with them."""
    lead = make_lead(email="ada@example.com", phone="+442079460991", phone_norm="+442079460991")
    suppression.disqualify(lead.pk, by=None, reason="competitor")
    return lead


def bar(kind: str, value: str, **more) -> Suppression:
    return Suppression.objects.create(kind=kind, value=value, reason="competitor", **more)


def ways() -> list[tuple[str, str | None]]:
    return list(SuppressionHit.objects.order_by("pk").values_list("way", "campaign__name"))


def test_a_disqualified_person_is_stopped_on_four_ways_in_each_a_line_of_the_log(barred, tmp_path):
    rep, marketer = make_user("rep"), make_user("marketer")
    campaign = make_campaign("Spring fair")
    bar("domain", "rival.example")

    file = write(tmp_path, "email,campaign,country\n\u00a0 ADA@Example.COM\u00a0 ,spring  FAIR,NL\n")
    taken = run("import_leads", file).result
    api = Caller(marketer, ApiKey.Scope.WRITE_LEADS).do(
        "/leads", {"email": " Ada@EXAMPLE.com", "campaign": campaign.pk}
    )
    page = signed_in(marketer).post("/leads/new/", {"email": "aDa@example.com ", "campaign": campaign.pk})
    other = signed_in(rep).post("/leads/new/", {"email": "Spy@Mail.Rival.Example", "campaign": campaign.pk})

    assert taken["reasons"] == {"suppressed": 1}
    assert (api.status_code, api.json()["code"]) == (409, "suppressed")
    assert page.status_code == other.status_code == 409
    assert "The never-again register bars this" in page.content.decode()
    assert ways() == [(way, "Spring fair") for way in ("import", "api", "hand", "hand")]
    assert list(Lead.objects.all()) == [barred]
    assert not Lead.objects.waiting().exists() and not Handover.objects.open().exists()


@pytest.mark.parametrize("spelling", ["münchen.example", "MÜNCHEN.example", "xn--mnchen-3ya.example"])
def test_a_domain_of_another_script_is_barred_in_either_spelling(spelling):
    bar("domain", normalise_domain(spelling))

    for address in ("spy@münchen.example", "spy@mail.xn--mnchen-3ya.example"):
        with pytest.raises(bars.Suppressed):
            capture.create(by=None, email=address)


def test_a_barred_domain_bars_what_lies_under_it_and_nothing_beside_it():
    bar("domain", "rival.example")

    for email in ("a@rival.example", "a@mail.rival.example"):
        with pytest.raises(bars.Suppressed):
            capture.create(by=None, email=email)
    capture.create(by=None, email="a@arrival.example")
    under = make_lead(email="b@uk.mail.rival.example")

    assert set(bars.barred([under.pk, make_lead().pk], now())) == {under.pk}
    assert bars.domains_of("a@uk.rival.example") == ["uk.rival.example", "rival.example"]


def test_the_register_names_the_same_leads_one_by_one_and_as_a_set(barred):
    lead = make_lead(email="x@a.b.example", phone_norm="+311234567")
    for kind, value in bars.marks_of(lead):
        entry = bar(kind, value)
        assert bars.match(bars.marks_of(lead), now()) == entry
        assert bars.barred([lead.pk], now()) == {lead.pk: entry}
        Suppression.objects.filter(pk=entry.pk).update(lifted_at=now())
    assert bars.barred([lead.pk], now()) == {}


def test_a_row_about_somebody_barred_stores_nothing_but_an_opt_out_and_their_other_addresses(
    barred, tmp_path
):
    rows = "email,phone,job_title,consent\nada@example.com,+31 20 123 4567,CEO,opted_out\n"
    assert run("import_leads", write(tmp_path, rows)).result["reasons"] == {"suppressed": 1}

    barred.refresh_from_db()
    assert (barred.job_title, barred.consent) == ("", "opted_out")
    assert Suppression.objects.filter(kind="phone", value="+31201234567").exists()


def test_a_file_gives_nobody_known_an_address_that_is_barred(tmp_path):
    bar("domain", "rival.example")
    lead = make_lead(email="", phone="+442079460991", phone_norm="+442079460991")

    taken = run("import_leads", write(tmp_path, "phone,email\n+44 20 7946 0991,spy@rival.example\n")).result

    lead.refresh_from_db()
    assert taken["reasons"] == {"suppressed": 1}
    assert (lead.email, SuppressionHit.objects.get().lead) == ("", lead)


def test_a_file_that_tells_a_past_gives_nobody_a_lead_that_is_barred(tmp_path):
    bar("domain", "rival.example")
    lead = make_lead(email="spy@rival.example")
    rep = make_user("rep", name="Rita Okafor", email="rita@example.com")

    run(
        "import_leads",
        write(tmp_path, "email,owner,reached.visitor\nspy@rival.example,rita@example.com,2020-01-01\n"),
    )

    lead.refresh_from_db()
    assert (lead.owner, rep.is_active) == (None, True)
    assert lead.born_at.year < 2021


def test_touches_of_somebody_barred_are_stopped_but_those_from_before_are_kept(barred, tmp_path):
    caller = Caller(make_user("marketer"))
    campaign = make_campaign("Mailing")
    touch = {"email": "ADA@example.com", "kind": "visit", "campaign": campaign.pk}
    late = {**touch, "at": (now() + timedelta(minutes=1)).isoformat(), "event_id": "1"}
    early = {**touch, "at": (now() - timedelta(days=9)).isoformat(), "event_id": "2"}
    told = caller.do("/touches", {"source": "web", "touches": [late, early]}).json()
    file = write(tmp_path, "email,at,kind,campaign\nada@example.com,2031-01-01,visit,Mailing\n")
    taken = run("import_touches", file).result

    assert (told["created"], told["rejected"]) == (1, 1)
    assert "never-again register" in told["results"][0]["detail"]
    assert taken["reasons"] == {"suppressed": 1}
    assert ways() == [("touch", "Mailing")] * 2
    assert Touch.objects.filter(lead=barred).count() == 1


def test_nobody_gets_a_lead_that_was_barred_while_it_waited():
    rep, head = make_user("rep"), make_user("sales_head")
    lead = make_lead(stage=Stage.MQL, email="a@rival.example")
    handover.reassign(lead.pk, to=head, by=head)
    bar("domain", "rival.example")
    waiting = make_lead(email="b@rival.example")

    with pytest.raises(bars.Suppressed):
        handover.reassign(lead.pk, to=rep, by=head)
    with pytest.raises(bars.Suppressed):
        handover.qualify(waiting.pk, by=head, why="Asked")
    with pytest.raises(Refusal, match="None of these leads was changed: 1 barred by"):
        bulk.reassign([lead.pk], to=rep, by=head)
    with pytest.raises(Refusal, match="1 barred by"):
        bulk.qualify([waiting.pk], by=head, why="Asked")

    lead.refresh_from_db()
    assert (lead.owner, lead.position) == (head, MQL)
    assert [way for way, _ in ways()] == ["route", "qualify", "route", "qualify"]


def test_an_unclaimed_lead_that_is_barred_is_claimed_by_nobody():
    lead = make_lead(stage=Stage.MQL, email="a@rival.example")  # nobody in sales is there
    rep = make_user("rep")
    bar("email", "a@rival.example")

    with pytest.raises(bars.Suppressed):
        handover.claim(lead.pk, by=rep)
    with pytest.raises(Refusal, match="1 barred by"):
        bulk.claim([lead.pk], by=rep)

    assert [way for way, _ in ways()] == ["route", "route"]


def test_the_system_hands_nobody_over_whom_the_register_bars():
    make_user("rep")
    lead = make_lead(email="a@rival.example")
    bar("domain", "rival.example")

    with pytest.raises(bars.Suppressed):
        handover.qualify(lead.pk, by=None)
    assert [way for way, _ in ways()] == ["qualify"]


def test_a_lead_is_given_no_address_that_is_barred_and_the_try_is_logged(barred):
    marketer = make_user("marketer")
    lead = make_lead()

    with pytest.raises(bars.Suppressed):
        facts.correct(lead.pk, {"email": (lead.email, "ada@example.com")}, version=lead.version, by=marketer)

    assert ways() == [("hand", None)]
    assert SuppressionHit.objects.get().lead == lead


def test_a_lead_is_given_no_company_that_is_barred_on_any_way(tmp_path):
    marketer, lead = make_user("marketer"), make_lead(email="eve@example.com")
    bar("account", str(Account.objects.create(name="Rival").pk))

    with pytest.raises(bars.Suppressed):
        facts.correct(lead.pk, {"company": ("", "rival")}, version=lead.version, by=marketer)
    api = Caller(marketer).send("PATCH", f"/leads/{lead.pk}", {"company": "Rival", "version": lead.version})
    taken = run("import_leads", write(tmp_path, "email,company\neve@example.com,RIVAL\n")).result

    lead.refresh_from_db()
    assert (api.json()["code"], taken["reasons"], lead.account) == ("suppressed", {"suppressed": 1}, None)
    assert ways() == [("hand", None), ("api", None), ("import", None)]


def test_a_deputy_from_sales_reads_of_whom_an_entry_concerns_only_the_leads_they_may_see():
    head, deputy = make_user("sales_head"), make_user("rep", team="Benelux")
    head.deputy = deputy
    head.save()
    Absence.objects.create(user=head, starts_on=localdate(), ends_on=localdate())
    entry = bar("domain", "rival.example")
    own = make_lead(email="a@rival.example", owner=deputy)
    other = make_lead(email="b@rival.example", owner=make_user("rep", team="Nordics"))

    said = text(signed_in(deputy).get(f"/register/{entry.pk}/"))

    assert own.name in said and other.name not in said
    assert other.name in text(signed_in(head).get(f"/register/{entry.pk}/"))


def test_a_bar_for_a_time_gives_way_to_one_for_good_and_is_back_after_an_undo():
    rep = make_user("rep")
    lead = make_lead(stage=Stage.MQL, owner=rep, email="ada@example.com")
    timed = bar("email", "ada@example.com", until=now() + timedelta(days=30))
    suppression.disqualify(lead.pk, by=rep, reason="competitor")

    assert Suppression.objects.get(kind="email", lifted_at=None).until is None

    undo(lead.pk, by=rep)
    assert list(Suppression.objects.filter(lifted_at=None)) == [timed]


def test_an_entry_whose_time_is_over_stops_nobody_although_no_sweep_has_lifted_it_yet():
    make_user("rep")
    lead, other = make_lead(email="ada@example.com"), make_lead(email="eve@example.com")
    for one, ends in ((lead, now()), (other, now() + timedelta(hours=1))):
        bar("email", one.email_norm, until=ends)

    assert set(bars.barred([lead.pk, other.pk], now())) == {other.pk}
    handover.qualify(lead.pk, by=None)

    lead.refresh_from_db()
    assert lead.position == MQL
    assert not SuppressionHit.objects.exists()


def test_an_entry_whose_time_is_over_lifts_itself_and_makes_room_for_another():
    entry = bar("email", "ada@example.com", until=now() - timedelta(days=1))

    assert (bars.expire(now()), bars.expire(now())) == (1, 0)
    entry.refresh_from_db()
    assert entry.lifted_at == entry.until
    assert bar("email", "ada@example.com").lifted_at is None

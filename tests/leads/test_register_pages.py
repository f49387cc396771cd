"""The pages of the never-again register: who reads it, what is entered by hand, and how two heads lift an entry."""

from datetime import timedelta

import pytest
from django.utils.timezone import localdate, now

from leads import bars, capture, definitions, register, suppression
from leads.models import Account, Appeal, Lead, Suppression, SuppressionHit
from leads.stages import Stage
from smarketing.foundation.models import Absence
from tests.factories import make_campaign, make_lead, make_signed, make_user
from tests.visits import signed_in, text

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("organisation")]


def bar(kind: str, value: str, **more) -> Suppression:
    return Suppression.objects.create(kind=kind, value=value, reason="competitor", **more)


def entered(person, **said):
    return signed_in(person).post("/register/add/", {"reason": "competitor", **said})


@pytest.mark.parametrize("page", ["/register/", "/register/add/", "/register/{}/"])
def test_marketing_and_heads_read_it_and_reps_do_not(page, client, marketer):
    address = page.format(bar("domain", "rival.example").pk)

    assert client.get(address).status_code == 302
    assert signed_in(make_user("rep")).get(address).status_code == 403
    for person in (marketer, make_user("sales_head"), make_user("administrator")):
        assert signed_in(person).get(address).status_code == 200


@pytest.mark.parametrize(
    ("kind", "what", "value"),
    [
        ("email", " ADA@Example.com ", "ada@example.com"),
        ("domain", "https://www.Rival.example/about", "rival.example"),
        ("domain", "spy@rival.example", "rival.example"),
        ("phone", "+44 20 7946 0991", "+442079460991"),
    ],
)
def test_an_address_is_barred_in_any_spelling(marketer, kind, what, value):
    answer = entered(marketer, kind=kind, what=what)

    entry = Suppression.objects.get()
    assert (entry.kind, entry.value, entry.until, entry.by) == (kind, value, None, marketer)
    assert answer.url == f"/register/{entry.pk}/"


def test_a_company_is_barred_by_its_name_and_known_under_it_from_then_on(marketer):
    entered(marketer, kind="account", what="  Rival  Ltd ")

    assert Suppression.objects.get().value == str(Account.objects.get().pk)
    with pytest.raises(bars.Suppressed):
        capture.create(by=None, email="a@b.example", company="RIVAL LTD")


@pytest.mark.parametrize(
    ("kind", "what", "sentence"),
    [
        ("email", "ada", "is not an e-mail address"),
        ("domain", "com", "is not a domain"),
        ("domain", "gmail.com", "Too many people"),
        ("domain", "co.uk", "Too many people"),
        ("phone", "no", "is not a phone number"),
        ("lead", "nobody@example.com", "No lead has the e-mail or phone number"),
    ],
)
def test_what_cannot_be_barred_is_told_and_nothing_typed_is_lost(marketer, kind, what, sentence):
    answer = entered(marketer, kind=kind, what=what)

    assert answer.status_code == 409
    assert sentence in text(answer) and what in text(answer)
    assert not Suppression.objects.exists()


def test_the_same_twice_opens_the_entry_there_is(marketer):
    entry = bar("domain", "rival.example")
    answer = entered(marketer, kind="domain", what="rival.example")

    assert answer.status_code == 409
    assert f"/register/{entry.pk}/" in text(answer)


def test_a_bar_for_a_time_ends_after_its_last_day(marketer):
    day = localdate() + timedelta(days=30)
    entered(marketer, kind="email", what="ada@example.com", until=day.isoformat())
    entry = Suppression.objects.get()

    assert entry.until.date() == day + timedelta(days=1)
    assert bars.match([("email", "ada@example.com")], now()) == entry
    assert bars.match([("email", "ada@example.com")], entry.until) is None


def test_a_person_barred_for_good_is_disqualified_and_leaves_the_queue():
    rep, head = make_user("rep"), make_user("sales_head")
    lead = make_lead(stage=Stage.MQL, owner=rep, email="ada@example.com")
    entered(head, kind="lead", what="ADA@example.com")

    lead.refresh_from_db()
    assert lead.state == "disqualified"
    assert {entry.kind for entry in Suppression.objects.all()} == {"lead", "email"}
    page = text(signed_in(head).get("/register/"))
    assert page.count("Ada Byron") == 1


def test_the_author_takes_an_entry_back_and_nobody_else(marketer):
    entered(marketer, kind="domain", what="rival.example")
    entry = Suppression.objects.get()
    other = signed_in(make_user("marketer")).post(f"/register/{entry.pk}/undo/")
    own = signed_in(marketer).post(f"/register/{entry.pk}/undo/")

    assert (other.status_code, own.status_code) == (409, 302)
    entry.refresh_from_db()
    assert entry.lifted_at is not None


def test_what_an_entry_took_the_place_of_is_back_with_it(marketer):
    day = now().date() + timedelta(days=30)
    timed = register.add(kind="domain", what="rival.example", reason="competitor", by=marketer, until=day)
    for_good = register.add(kind="domain", what="rival.example", reason="competitor", by=marketer)
    assert list(Suppression.objects.filter(lifted_at=None)) == [for_good]

    register.take_back(for_good.pk, by=marketer)

    assert list(Suppression.objects.filter(lifted_at=None)) == [timed]


@pytest.mark.parametrize(
    "query",
    [
        "q=riv",
        "q=spy@rival.example",
        "kind=domain",
        "reason=competitor",
        "kind=domain&q=rival&reason=competitor",
    ],
)
def test_the_list_is_searched_and_filtered(marketer, query):
    bar("domain", "rival.example")
    Suppression.objects.create(kind="email", value="other@example.com", reason="asked_us_to_stop")
    page = text(signed_in(marketer).get(f"/register/?{query}"))

    assert "rival.example" in page
    assert "other@example.com" not in page


@pytest.mark.parametrize(
    "words", ["Lovelace", "ada lov", "Analytical", "ADA@example", "+44 20 7946 0018", "+4420"]
)
def test_a_barred_person_is_found_by_what_a_lead_is_found_by(marketer, words):
    ada = make_lead(
        first_name="Ada",
        last_name="Lovelace",
        email="ada@example.com",
        phone="+44 20 7946 0018",
        phone_norm="+442079460018",
        account=capture.find_account("Analytical Engines"),
    )
    other = make_lead(last_name="Byron", email="byron@example.com")
    for lead in (ada, other):
        suppression.disqualify(lead.pk, by=make_user("sales_head"), reason="poor_fit")
    page = text(signed_in(marketer).get("/register/", {"q": words}))

    assert ada.name in page
    assert other.name not in page


def test_what_is_lifted_or_over_is_found_under_its_own_filter(marketer):
    bar("domain", "lifted.example", lifted_at=now())
    bar("email", "over@example.com", until=now() - timedelta(days=1))
    bar("email", "barred@example.com")
    now_in_force, over, everything = (
        text(signed_in(marketer).get(f"/register/?state={state}")) for state in ("", "over", "all")
    )

    assert "barred@example.com" in now_in_force and "lifted.example" not in now_in_force
    assert "lifted.example" in over and "over@example.com" in over and "barred@example.com" not in over
    assert all(value in everything for value in ("lifted.example", "over@example.com", "barred@example.com"))


def test_an_entry_shows_what_it_stopped_where_and_whom_it_concerns(marketer):
    campaign = make_campaign("Spring fair")
    entry = bar("domain", "rival.example")
    lead = make_lead(email="x@mail.rival.example", last_name="Spy")
    with pytest.raises(bars.Suppressed):
        capture.create(by=None, email="a@rival.example", campaign=campaign, way="api")
    page = text(signed_in(marketer).get(f"/register/{entry.pk}/"))
    listed = text(signed_in(marketer).get("/register/"))

    assert "1 in all" in page and "The API" in page and "Spring fair" in page
    assert lead.name in page
    assert '<td class="num" data-label="Stopped">1</td>' in listed


def test_a_campaign_tells_how_many_it_brought_in_vain_and_opens_to_the_entries(marketer):
    campaign, entry, other = (
        make_campaign("Spring fair"),
        bar("domain", "rival.example"),
        bar("domain", "z.example"),
    )
    for _ in range(3):
        SuppressionHit.objects.create(suppression=entry, way="api", campaign=campaign)
    page = text(signed_in(marketer).get(f"/campaigns/{campaign.pk}/"))
    address = f"/register/?campaign={campaign.pk}&state=all"
    listed = text(signed_in(marketer).get(address))

    assert f'<a href="{address.replace("&", "&amp;")}">3</a>' in page
    assert "rival.example" in listed and other.value not in listed
    assert "Stopped by" not in text(signed_in(make_user("rep")).get(f"/campaigns/{campaign.pk}/"))


def test_two_heads_lift_a_domain_and_one_alone_does_not(marketer):
    entry = bar("domain", "rival.example")
    sales, marketing = make_user("sales_head"), make_user("marketing_head")
    signed_in(marketer).post(f"/register/{entry.pk}/appeal/", {"evidence": "They bought us"})
    again = signed_in(marketer).post(f"/register/{entry.pk}/appeal/", {"evidence": "Really"})
    alone = signed_in(marketer).post(f"/register/{entry.pk}/sign/")
    signed_in(sales).post(f"/register/{entry.pk}/sign/")
    twice = signed_in(sales).post(f"/register/{entry.pk}/sign/")

    assert (again.status_code, alone.status_code, twice.status_code) == (409, 403, 409)
    assert bars.match([("domain", "rival.example")], now()) == entry
    page = text(signed_in(marketing).get(f"/register/{entry.pk}/"))
    assert "They bought us" in page and "has signed for sales" in page

    signed_in(marketing).post(f"/register/{entry.pk}/sign/")
    assert bars.match([("domain", "rival.example")], now()) is None
    assert Appeal.objects.get().lifted_at is not None
    assert "Earlier appeals" in text(signed_in(marketer).get(f"/register/{entry.pk}/"))


def test_who_stands_in_for_a_head_on_leave_reads_an_entry_and_signs_its_appeal(marketer):
    head, deputy = make_user("sales_head"), make_user("rep")
    entry = bar("domain", "rival.example")
    signed_in(marketer).post(f"/register/{entry.pk}/appeal/", {"evidence": "They bought us"})
    head.deputy = deputy
    head.save()

    assert signed_in(deputy).get(f"/register/{entry.pk}/").status_code == 403
    Absence.objects.create(user=head, starts_on=localdate(), ends_on=localdate())
    assert signed_in(deputy).get(f"/register/{entry.pk}/").context["may_sign"] is True
    signed_in(deputy).post(f"/register/{entry.pk}/sign/")
    assert Appeal.objects.get().sales_by == deputy
    assert signed_in(deputy).get("/register/").status_code == 403


def test_an_appeal_against_a_disqualified_person_reopens_the_lead(marketer):
    lead = make_lead(email="ada@example.com")
    suppression.disqualify(lead.pk, by=None, reason="competitor")
    entry = Suppression.objects.get(kind="lead")
    signed_in(marketer).post(f"/register/{entry.pk}/appeal/", {"evidence": "Changed employer"})
    for role in ("sales_head", "marketing_head"):
        signed_in(make_user(role)).post(f"/register/{entry.pk}/sign/")

    lead.refresh_from_db()
    assert lead.state == "visitor"
    assert not Suppression.objects.filter(lifted_at=None).exists()


def test_nobody_is_reopened_while_their_domain_is_barred(marketer):
    lead = make_lead(email="ada@rival.example")
    suppression.disqualify(lead.pk, by=None, reason="competitor")
    bar("domain", "rival.example")
    suppression.appeal(lead.pk, by=marketer, evidence="Changed employer")
    suppression.sign_appeal(lead.pk, by=make_user("sales_head"))
    refused = signed_in(make_user("marketing_head")).post(f"/leads/{lead.pk}/sign/")

    assert refused.status_code == 409
    assert "bars the domain too" in text(refused)
    assert Lead.objects.get(pk=lead.pk).state == "disqualified"


def test_the_pages_ask_as_often_for_many_entries_as_for_few(marketer, django_assert_max_num_queries):
    client = signed_in(marketer)
    for n in range(30):
        entry = bar("domain", f"rival{n}.example")
        bar("account", str(Account.objects.create(name=f"Rival {n}").pk))
        SuppressionHit.objects.create(suppression=entry, way="api", lead=make_lead() if n % 5 == 0 else None)

    with django_assert_max_num_queries(9):
        assert client.get("/register/").status_code == 200
    with django_assert_max_num_queries(12):
        assert client.get(f"/register/{entry.pk}/").status_code == 200


def test_reasons_and_days_are_said_in_words(marketer):
    document = definitions.unsigned().json()["reasons"]
    student = {"code": "only_a_student", "label": "Only a student", "outcome": "disqualify"}
    make_signed({"reasons": document | {"rejection": [student]}}, since=now() - timedelta(days=1))
    entry = bar("domain", "rival.example")
    Suppression.objects.filter(pk=entry.pk).update(reason="only_a_student")

    assert "Only a student" in text(signed_in(marketer).get("/register/"))
    told = text(signed_in(marketer).post("/leads/new/", {"email": "ann@mail.rival.example"}))
    assert f"since {localdate():%-d %B %Y} (Only a student)" in told

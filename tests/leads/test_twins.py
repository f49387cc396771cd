"""Who may be the same person, for a person to judge."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils.timezone import now

from leads.capture import find_account
from leads.identity import fold_email
from leads.models import Lead
from leads.models.near import FoldedEmail
from leads.stages import Stage
from leads.twins import twins_of
from tests.factories import make_lead, make_user
from tests.visits import signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("organisation")]


def found(lead, user=None):
    return [(twin.lead, twin.matches) for twin in twins_of(lead, user or make_user("marketer")).shown]


def test_the_same_phone_is_a_match():
    lead = make_lead(phone_norm="+31207946099")
    twin = make_lead(phone_norm="+31207946099", last_name="Other")
    make_lead(phone_norm="+31207946000")

    assert found(lead) == [(twin, ["same phone"])]


@pytest.mark.parametrize("email", ["a.da@example.com", "ada+news@example.com", "a.d.a+x+y@example.com"])
def test_an_address_that_differs_in_dots_and_plus_tags_is_a_match(email):
    lead, twin = make_lead(email="ada@example.com"), make_lead(email=email)
    make_lead(email="ada@example.org")

    assert found(lead) == [(twin, ["nearly the same e-mail"])]
    assert found(twin) == [(lead, ["nearly the same e-mail"])]


def test_the_same_name_matches_at_one_company_or_one_domain_only():
    same = {"first_name": "Ada", "last_name": "Byron"}
    navy = find_account("Navy")
    lead = make_lead(**same, email="ada@navy.example", account=navy)
    at_company = make_lead(**same, email="x@y.example", account=navy)
    at_domain = make_lead(**same, email="ab@navy.example")
    make_lead(**same, email="ada@else.example")
    mailbox = make_lead(**same, email="ada.b@gmail.com")
    make_lead(**same, email="byron@gmail.com")

    assert sorted(found(lead), key=lambda one: one[0].pk) == [
        (at_company, ["same name and company"]),
        (at_domain, ["same name and e-mail domain"]),
    ]
    assert found(mailbox) == []


def test_a_lead_of_another_team_is_counted_and_not_named():
    rep = make_user("rep", team="Benelux")
    lead = make_lead(phone_norm="+31207946099", owner=rep, stage=Stage.SAL)
    make_lead(phone_norm="+31207946099", owner=make_user("rep", team="Nordics"), stage=Stage.SAL)
    twins = twins_of(lead, rep)

    assert (twins.shown, twins.hidden) == ([], 1)


def test_whoever_was_merged_or_knows_nothing_matches_nobody():
    lead, gone = make_lead(email="", email_norm=None), make_lead(email="", email_norm=None)
    Lead.objects.update(first_name="", last_name="", name_key="")
    lead.refresh_from_db()
    assert found(lead) == []

    keeper = make_lead(phone_norm="+31207946099")
    Lead.objects.filter(pk=gone.pk).update(phone_norm="+31207946099", merged_into=keeper)
    assert found(keeper) == []


@pytest.mark.parametrize(
    "email", ["a.b+c@d.example", "plain@d.example", "a+b.c@sub.d.example", "..a@b.example"]
)
def test_python_and_postgresql_fold_an_address_alike(email):
    make_lead(email=email, email_norm=email)
    assert Lead.objects.values_list(FoldedEmail("email_norm"), flat=True).get() == fold_email(email)


def test_every_question_is_answered_by_an_index_among_many_leads():
    lead = make_lead(phone_norm="+31207946099")
    Lead.objects.bulk_create(
        Lead(
            first_name="Ida",
            name_key=f"ida {n}",
            email_norm=f"i.da{n}@x{n % 90}.example",
            phone_norm=f"+3120{n}",
            born_at=now(),
            stage_since=now(),
        )
        for n in range(8_000)
    )
    with connection.cursor() as cursor, CaptureQueriesContext(connection) as asked:
        cursor.execute("SELECT leads_refresh_statistics()")
        assert found(lead) == []
        cursor.execute(f"EXPLAIN {asked[-1]['sql']}")
        plan = "\n".join(row[0] for row in cursor.fetchall())

    for index in ("lead_by_phone", "lead_by_folded_email", "lead_by_name"):
        assert f"Bitmap Index Scan on {index}" in plan
    assert "Seq Scan on leads_lead" not in plan


def test_two_leads_stand_side_by_side_for_those_who_see_both():
    lead, twin = make_lead(phone_norm="+31207946099"), make_lead(phone_norm="+31207946099")
    hers = make_lead(owner=make_user("rep", team="Nordics"), stage=Stage.SAL)
    client = signed_in(make_user("marketer"))
    rep = signed_in(make_user("rep", team="Benelux"))

    shown = client.get(f"/leads/{lead.pk}/beside/", {"with": twin.pk})
    assert shown.context["matches"] == ["same phone"]
    assert [pair.name for pair in shown.context["pairs"] if pair.same and not pair.moment] == [
        "Phone",
        "Consent",
    ]
    assert rep.get(f"/leads/{lead.pk}/beside/", {"with": hers.pk}).status_code == 404
    assert client.get(f"/leads/{lead.pk}/beside/").context["twin"] == twin
    for nobody in ("x", "²", str(lead.pk), "9" * 30, "999999"):
        assert client.get(f"/leads/{lead.pk}/beside/", {"with": nobody}).status_code == 404

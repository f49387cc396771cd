"""One lead through every act of the product, as three people live it: in the browser's terms, by real requests."""

import json
from datetime import timedelta
from io import StringIO

import pytest
from django.core import mail
from django.core.management import call_command
from django.test import Client
from django.utils.timezone import now

from leads import capture, scoring
from leads.models import Deal, Handover, Lead, StageChange, Suppression
from smarketing.foundation import outbox
from tests.factories import make_campaign, make_user

pytestmark = pytest.mark.django_db


class Person:
    """Somebody at a browser: opens pages, sends forms, expects to be understood."""

    def __init__(self, role: str) -> None:
        self.user = make_user(role)
        self.client = Client()
        self.client.force_login(self.user)

    def opens(self, url: str) -> str:
        response = self.client.get(url, follow=True)
        assert response.status_code == 200, (url, response.status_code)
        return response.content.decode()

    def sends(self, url: str, **form) -> None:
        response = self.client.post(url, form)
        assert response.status_code == 302, (url, response.status_code, response.content.decode()[-2000:])

    def is_refused(self, url: str, status: int, **form) -> str:
        response = self.client.post(url, form)
        assert response.status_code == status, (url, response.status_code)
        return response.content.decode()


def report(name: str, *options: str) -> dict:
    out = StringIO()
    call_command("report", name, *options, "--format", "json", stdout=out)
    return json.loads(out.getvalue())


def states(lead: Lead) -> list[str]:
    return [row.state for row in StageChange.objects.counted().filter(lead=lead).in_order()]


def test_a_lead_from_the_first_visit_to_churn_and_what_both_teams_see_of_it(organisation):
    marketer, rep, head = Person("marketer"), Person("rep"), Person("sales_head")
    marketing_head = Person("marketing_head")
    campaign = make_campaign("Spring webinar", channel="webinar")
    today = now().date()
    soon = (today + timedelta(days=30)).isoformat()

    # Marketing enters a person, and pays for the campaign.
    marketer.sends(
        "/leads/new/",
        email="Ada@Engines.example",
        first_name="Ada",
        last_name="Byron",
        company="Engines Ltd",
        campaign=campaign.pk,
    )
    lead = Lead.objects.get()
    url = f"/leads/{lead.pk}/"
    marketer.sends(
        f"/campaigns/{campaign.pk}/",
        starts_on=today.isoformat(),
        ends_on=today.isoformat(),
        amount="500.00",
        currency="EUR",
    )
    assert "Ada Byron" in marketer.opens("/leads/?q=ada")

    # The same person is recognised, in any spelling.
    assert url in marketer.client.post("/leads/new/", {"email": "ada@engines.example"}).content.decode()

    # Three touches make her an MQL; the rep on duty gets her, and a mail about her.
    for kind in ("visit", "download", "form"):
        capture.touch(lead.pk, kind=kind, campaign=campaign)
    assert scoring.sweep() == 1
    outbox.deliver(now() + timedelta(minutes=1))
    assert mail.outbox[0].to == [rep.user.email]
    assert "Ada Byron" in rep.opens("/queue/")

    # The rep rejects by mistake, takes it back, reaches her on the second try and accepts.
    rep.sends(f"{url}reject/", reason="poor_fit")
    assert Suppression.objects.in_force(now()).exists()
    rep.sends(f"{url}undo/")
    assert not Suppression.objects.in_force(now()).exists()
    rep.sends(f"{url}log/", what="call:voicemail")
    rep.sends(f"{url}log/", what="call:spoke", text="Has budget in May")
    marketer.is_refused(f"{url}accept/", 403)
    rep.sends(f"{url}accept/")
    assert "Has budget in May" in marketer.opens(url)

    # The deal is lost, the lead goes back to nurture, and only later touches count.
    rep.is_refused(f"{url}win/", 409, amount="1000")
    rep.sends(f"{url}advance/", amount="12000.00", currency="EUR", name="Dock scheduling")
    rep.sends(f"{url}lose/", reason="timing")
    rep.sends(f"{url}recycle/", reason="timing", return_on=soon)
    assert scoring.sweep() == 0
    for kind in ("email_click", "visit", "form"):
        capture.touch(lead.pk, kind=kind, campaign=campaign)
    assert scoring.sweep() == 1

    # This time the head disqualifies her; both heads reopen her with new evidence; the rep wins the deal.
    head.sends(f"{url}disqualify/", reason="competitor")
    rep.sends(f"{url}appeal/", evidence="She left the competitor in March")
    head.sends(f"{url}sign/")
    lead.refresh_from_db()
    assert lead.state == "disqualified"
    marketing_head.sends(f"{url}sign/")
    rep.sends(f"{url}accept/")
    rep.sends(f"{url}advance/", amount="15000.00", currency="EUR", name="Dock scheduling, again")
    rep.sends(f"{url}win/", amount="14000.00")

    # The whole road is on record and the ledger of hand-overs balances.
    assert states(lead) == [
        *("visitor", "mql", "sal", "sql", "lost", "nurturing"),
        *("mql", "disqualified", "mql", "sal", "sql", "customer"),
    ]
    assert sorted(Handover.objects.counted().values_list("ending", flat=True)) == [
        *("accepted", "accepted", "withdrawn"),
    ]
    assert {deal.outcome for deal in Deal.objects.all()} == {"lost", "won"}

    # Marketing sees what became of its campaign, in the report and in the browser.
    total = report("closed_loop", "--by", "campaign")["total"]
    assert (total["leads"], total["customers"], total["recycled"], total["disqualified"]) == (1, 1, 1, 1)
    assert (total["revenue"], total["credited_revenue"], total["cost"]) == ("14000.00", "14000.00", "500.00")
    assert report("funnel")["states"]["customer"] == 1
    assert "Spring webinar" in marketer.opens("/reports/closed-loop/")
    marketer.opens("/funnel/")

    rep.sends(f"{url}churn/", reason="cancelled")
    assert report("funnel")["states"] == {**dict.fromkeys(report("funnel")["states"], 0), "churned": 1}

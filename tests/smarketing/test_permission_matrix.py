"""Every URL × method × identity against a reviewed table (release gate 10).

The table is `permission_matrix.csv`. A new URL without a row fails; `MATRIX=write make test` writes what the
product does now, for a person to read line by line in the diff before it is committed.
"""

import csv
import os
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.cache import cache
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils.timezone import localdate, now

from leads import activities, bulk, facts, snoozing, suppression
from leads.lists import views
from leads.models import Account, Appeal, CustomField, FactChange, ImportBatch, Lead, Suppression
from leads.stages import Stage
from sla import tasks
from sla.models import Alert, Deadline
from smarketing.foundation.api.keys import issue
from smarketing.foundation.models import Absence, Calendar, Organisation, PersonAlias, Team, User
from tests.factories import make_campaign, make_lead, make_signed, make_user
from tests.leads.proposals import make_replayed

pytestmark = pytest.mark.django_db

TABLE = Path(__file__).with_name("permission_matrix.csv")
METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"]
IDENTITIES = [
    "anonymous",
    "stranger",  # a rep of another team, who may not read the lead
    "colleague",  # a rep of the owner's team
    "rep",  # who owns the lead
    "account_manager",
    "marketer",
    "sales_head",
    "marketing_head",
    "administrator",
]
PUBLIC = {"theme", "health_live", "health_ready"}

# What a person would send; anything not named here is posted empty.
BODIES = {
    "leads:accept": {},
    "leads:reject": {"reason": "wrong_person"},
    "leads:recycle": {"reason": "timing", "return_on": (localdate() + timedelta(days=30)).isoformat()},
    "leads:disqualify": {"reason": "competitor"},
    "leads:qualify": {"why": "Asked for prices"},
    "leads:log": {"what": "call:spoke"},
    "leads:log_details": {"text": "Asked for prices"},
    "leads:register_add": {"kind": "domain", "what": "new.example", "reason": "competitor"},
    "leads:register_appeal": {"evidence": "They bought us"},
    "leads:create": {"email": "new@example.com", "last_name": "New"},
    "leads:campaigns": {"name": "Autumn fair"},
    "leads:save_view": {"name": "Stuck", "query": "state=sal"},
    "leads:change_view": {"name": "Stuck"},
    "leads:columns": {"column": "stage"},
    "leads:rule_builder": {"builder": "rule"},
    "leads:own_fields": {"entity": "lead", "label": "Contract ends", "kind": "date"},
    "leads:own_field": {"label": "Budget a year", "kind": "number"},
    "sla:calendars": {"name": "Late shift", "time_zone": "UTC"},
    "sla:absences": {"starts_on": localdate().isoformat(), "ends_on": localdate().isoformat()},
    "teams": {"name": "Nordics East", "function": "sales"},
    "team": {"name": "Benelux West", "function": "sales"},
    "profile": {"name": "Kim Lee"},
    "organisation": {
        "name": "Loadline BV",
        "time_zone": "UTC",
        "currency": "EUR",
        "leads_visible": "team",
        "qualify_at_touches": "3",
    },
    "keys": {"name": "Web site", "scopes": ["read"], "days": "30"},
    "api:activities": {"kind": "call", "outcome": "spoke"},
    "api:leads": {"email": "new@example.com", "last_name": "New"},
    "api:campaigns": {"name": "Autumn fair"},
    "api:account": {"industry": "Logistics"},
    "api:costs": {
        "starts_on": "2026-06-01",
        "ends_on": "2026-06-30",
        "amount": "10.00",
        "currency": "EUR",
    },
}
BODIES |= {
    f"api:{act}": BODIES[f"leads:{act}"] for act in ("accept", "reject", "recycle", "disqualify", "qualify")
}
TOUCH = {"event_id": "1", "at": "2026-03-02T09:00:00Z", "kind": "visit"}

# What an address with a number is about, where that is not the lead.
SUBJECTS = {
    "leads:campaign": "campaign",
    "leads:edit_campaign": "campaign",
    "leads:remove_cost": "cost",
    "leads:import": "import",
    "leads:import_rejects": "import",
    "leads:import_undo": "import",
    "leads:log_details": "activity",
    "leads:undo_log": "activity",
    "leads:undo_snooze": "snooze",
    "leads:sign_appeal": "barred",
    "leads:register_entry": "entry",
    "leads:register_appeal": "bar",
    "leads:register_sign": "entry",
    "leads:register_undo": "bar",
    "leads:own_field": "own_field",
    "leads:move_field": "own_field",
    "leads:archive_field": "own_field",
    "leads:restore_field": "own_field",
    "leads:undo_fact": "fact_change",
    "leads:definition": "signed",
    "leads:definitions_propose": "proposal",
    "leads:definitions_sign": "proposal",
    "leads:definitions_send_back": "proposal",
    "leads:definitions_comment": "proposal",
    "leads:definitions_withdraw": "proposal",
    "leads:back_test": "proposal",
    "leads:back_test_leads": "proposal",
    "leads:account": "account",
    "leads:edit_account": "account",
    "leads:set_role": "account",
    "leads:change_view": "view",
    "leads:remove_view": "view",
    "leads:restore_view": "view",
    "leads:bulk_act": "bulk_act",
    "leads:bulk_undo": "bulk_act",
    "leads:qualify": "visitor",
    "sla:calendar": "calendar",
    "sla:remove_calendar": "spare",
    "sla:release_person": "colleague",
    "sla:remove_absence": "leave",
    "sla:read_alert": "alert",
    "sla:explain": "clock",
    "revoke_key": "key",
    "person": "colleague",
    "invite_again": "colleague",
    "deactivate_person": "idle",
    "reactivate_person": "gone",
    "give_leads": "rep",
    "alias": "alias",
    "team": "team",
    "remove_team": "empty",
    "api:qualify": "visitor",
    "api:campaign": "campaign",
    "api:account": "account",
    "api:costs": "campaign",
}


# What an address says beside a number.
PARAMETERS: dict[str, dict[str, str]] = {
    "leads:bulk": {"kind": "recycle"},
    "leads:fact": {"name": "country"},
    "leads:definitions_edit": {"section": "mql"},
}


def urls(resolver: URLResolver | None = None, namespace: str = "", route: str = "") -> list[tuple[str, str]]:
    """(name, route) of every pattern the product answers."""
    found = []
    for pattern in (resolver or get_resolver()).url_patterns:
        where = route + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            inner = f"{namespace}{pattern.namespace}:" if pattern.namespace else namespace
            found += urls(pattern, inner, where)
        elif isinstance(pattern, URLPattern):
            assert pattern.name, f"{where} needs a name"
            found.append((f"{namespace}{pattern.name}", where))
    return found


@pytest.fixture
def cast(organisation) -> dict:
    people = {name: make_user("rep", team="Benelux") for name in ("colleague", "rep")}
    people["stranger"] = make_user("rep", team="Nordics")
    people |= {role: make_user(role) for role in IDENTITIES[4:]}
    lead = make_lead(stage=Stage.MQL, owner=people["rep"])
    barred = make_lead(stage=Stage.MQL, owner=people["rep"])
    suppression.disqualify(barred.pk, by=None, reason="competitor")
    suppression.appeal(barred.pk, by=people["rep"], evidence="Changed employer")
    entry = Suppression.objects.create(kind="domain", value="rival.example", reason="competitor")
    Appeal.objects.create(suppression=entry, evidence="They bought us", by=people["rep"])
    visitor = make_lead(owner=people["rep"])
    worked = make_lead(stage=Stage.MQL, owner=people["rep"])
    campaign = make_campaign()
    alert = alert_of(people["rep"], lead)
    day = localdate()
    someday = day + timedelta(days=30)
    return {
        "people": people,
        "lead": lead,
        "campaign": campaign,
        "cost": campaign.costs.create(starts_on=day, ends_on=day, amount=10, currency="EUR"),
        "import": ImportBatch.objects.create(kind="leads", file_name="fair.csv"),
        "activity": activities.log(worked.pk, by=people["rep"], kind="call", outcome="spoke"),
        "snooze": snoozing.snooze(worked.pk, by=people["rep"], until=now() + timedelta(days=1)),
        "colleague": people["colleague"],
        "barred": barred,
        "entry": entry,
        "bar": Suppression.objects.create(kind="domain", value="spam.example", reason="not_real"),
        "visitor": visitor,
        "calendar": Organisation.get().calendar,
        "spare": Calendar.objects.create(name="Spare", time_zone="UTC"),
        "key": issue(person=people["rep"], name="Web site", scopes=["read"], days=30)[0],
        "alert": alert,
        "clock": alert.deadline.clock,
        "account": company_of(lead),
        "twin": twin_of(lead),
        "fact_change": correction_of(worked, people["rep"]),
        "own_field": CustomField.objects.create(entity="lead", key="budget", label="Budget", kind="number"),
        "view": views.save(people["rep"], "Mine", "owner=me"),
        "bulk_act": bulk.recycle(
            [make_lead(stage=Stage.SAL, owner=people["rep"]).pk],
            by=people["rep"],
            reason="timing",
            return_on=someday,
        ),
        "signed": make_signed(),
        "proposal": make_replayed(people["marketer"]),
        "rep": people["rep"],
        "idle": make_user("rep", team="Benelux"),
        "gone": make_user("rep", team="Benelux", is_active=False),
        "alias": PersonAlias.objects.create(text="J. Doe", user=people["colleague"]),
        "team": people["rep"].team,
        "empty": Team.objects.create(name="Empty", function="sales"),
        "leave": Absence.objects.create(user=people["rep"], starts_on=someday, ends_on=someday),
    }


def correction_of(lead: Lead, by: User) -> FactChange:
    facts.correct(lead.pk, {"country": ("", "NL")}, version=lead.version, by=by)
    return FactChange.objects.get(lead=lead)


def company_of(lead: Lead) -> Account:
    """The lead works there."""
    lead.account = Account.objects.create(name="Acme")
    lead.save(update_fields=["account"])
    return lead.account


def twin_of(lead: Lead) -> Lead:
    """Somebody of the same name there, so that the two can be looked at side by side."""
    names = {"first_name": lead.first_name, "last_name": lead.last_name}
    return make_lead(stage=Stage.MQL, owner=lead.owner, account=lead.account, **names)


def alert_of(person: User, lead: Lead) -> Alert:
    """The person is told of a deadline of this lead, which runs."""
    tasks.sweep(now())
    deadline = Deadline.objects.get(clock__lead=lead, kind="breach")
    return Alert.objects.get_or_create(recipient=person, deadline=deadline, defaults={"created_at": now()})[0]


def address(name: str, route: str, cast: dict) -> str:
    if "<" not in route:
        return reverse(name)
    if name.startswith("account_"):
        return reverse(name, kwargs={"uidb36": "x", "key": "y"})
    said: dict = dict(PARAMETERS.get(name, {}))
    if "<int:" in route:
        said["id" if name.startswith("api:") else "pk"] = cast[SUBJECTS.get(name, "lead")].pk
    return reverse(name, kwargs=said)


def body(name: str, cast: dict) -> dict:
    if name == "sla:assign_calendars":
        return {"organisation": cast["calendar"].pk}
    if name == "sla:assign_person":
        return {"person": cast["colleague"].pk, "calendar": cast["calendar"].pk}
    if name in ("leads:reassign", "api:reassign"):
        return {"to": cast["colleague"].pk}
    if name == "add_person":
        values = {"email": "kim@example.com", "name": "Kim Lee", "role": "rep"}
        return values | {"team": cast["team"].pk}
    if name == "person":
        return {"name": "Kim Lee", "role": "rep", "team": cast["colleague"].team_id}
    if name == "alias":
        return {"to": cast["people"]["administrator"].pk}
    if name == "give_leads":
        return {"way": "person", "to": cast["colleague"].pk}
    if name == "leads:fact":
        return {"country": "NL", "initial-country": "", "version": cast["lead"].version}
    if name in ("leads:definitions_sign", "leads:definitions_withdraw"):
        return {"revision": cast["proposal"].revision}
    if name in ("leads:definitions_send_back", "leads:definitions_comment"):
        return {"revision": cast["proposal"].revision, "text": "Ask for the phone"}
    if name == "api:lead":
        return {"country": "NL", "version": cast["lead"].version}
    if name == "api:touches":
        return {"touches": [TOUCH | {"lead": cast["lead"].pk}]}
    return BODIES.get(name, {})


def status(client: Client, method: str, url: str, data: dict) -> str:
    """What one request is answered with, taken back afterwards; a redirect to the login says so."""
    cache.clear()  # the limits of signing in and of the API are tested elsewhere
    of_api = url.startswith("/api/")
    with transaction.atomic():
        if of_api and method != "GET":
            response = getattr(client, method.lower())(url, data, content_type="application/json")
        else:
            response = getattr(client, method.lower())(url, {} if of_api else data)
        transaction.set_rollback(True)
    if response.status_code == 302 and response.url.startswith("/account/login/?next="):
        return "login"
    return str(response.status_code)


def measure(cast: dict) -> dict[tuple[str, str], list[str]]:
    rows: dict[tuple[str, str], list[str]] = {}
    routes = sorted(set(urls()))
    for identity in IDENTITIES:
        client = signed_in(cast, identity)
        for name, route in routes:
            for method in METHODS:
                browser = signed_in(cast, identity) if name == "account_logout" else client
                answer = status(browser, method, address(name, route, cast), body(name, cast))
                rows.setdefault((name, method), []).append(answer)
    return rows


def signed_in(cast: dict, identity: str) -> Client:
    client = Client(raise_request_exception=False)
    if identity != "anonymous":
        client.force_login(cast["people"][identity])
    return client


def expected() -> dict[tuple[str, str], list[str]]:
    with TABLE.open() as stream:
        lines = list(csv.reader(stream))
    assert lines[0] == ["url", "method", *IDENTITIES]
    return {(line[0], line[1]): line[2:] for line in lines[1:]}


def write(rows: dict[tuple[str, str], list[str]]) -> None:
    with TABLE.open("w", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(["url", "method", *IDENTITIES])
        writer.writerows([name, method, *cells] for (name, method), cells in rows.items())


def test_every_number_in_an_address_is_of_what_the_page_is_about():
    """Else a cell holds for the accident that two rows have the same number."""
    subjects = {name for name, route in urls() if "<int:" in route} - set(SUBJECTS)
    of_a_lead = ("leads/<int:", "queue/<int:", "api/v1/leads/<int:")
    assert [name for name, route in urls() if name in subjects and not route.startswith(of_a_lead)] == []


@pytest.mark.slow
def test_every_cell_is_as_reviewed(cast):
    rows = measure(cast)
    if os.environ.get("MATRIX") == "write":
        write(rows)

    assert rows.keys() == expected().keys(), "a URL without a row, or a row without a URL"
    assert {key: cells for key, cells in rows.items() if cells != expected()[key]} == {}


def test_the_reviewed_table_keeps_the_house_closed():
    """What must hold whatever was reviewed: closed to strangers, and nothing breaks."""
    for (name, method), cells in expected().items():
        cell = dict(zip(IDENTITIES, cells, strict=True))
        assert not any(code.startswith("5") for code in cells), (name, method)
        if name.startswith("account_") or name in PUBLIC:
            continue
        assert cell["anonymous"] == ("401" if name.startswith("api") else "login"), (name, method)
        if f"{name} {method}" in NEEDS_SIGHT:
            assert cell["stranger"] in ("403", "404", "405"), (name, method)


OF_ONE_LEAD = {
    "detail",
    "edit",
    "qualify",
    "accept",
    "reject",
    "advance",
    "win",
    "lose",
    "recycle",
    "disqualify",
}
OF_ONE_LEAD |= {"churn", "claim", "reassign", "undo", "appeal", "sign_appeal", "log"}
OVER_THE_API = {"lead", "history", "activities", "lead_touches", "deals"}
OVER_THE_API |= OF_ONE_LEAD - {"detail", "edit", "appeal", "sign_appeal", "log"}
NEEDS_SIGHT = {f"leads:{act} {method}" for act in OF_ONE_LEAD for method in METHODS}
NEEDS_SIGHT |= {f"api:{act} {method}" for act in OVER_THE_API for method in METHODS}

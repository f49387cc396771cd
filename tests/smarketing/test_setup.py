"""`manage.py setup`: an installation becomes somebody's company."""

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from smarketing.foundation.models import AuditEvent, Organisation, User
from tests.factories import make_campaign, make_lead, make_user

PASSWORD = "correct horse battery staple"


def typed(options: dict[str, str]) -> list[str]:
    return [f"--{name}={value}" for name, value in options.items()]


def setup(*flags: str, **options) -> str:
    said = StringIO()
    call_command("setup", *flags, *typed(options), stdout=said)
    return said.getvalue()


def told(**options) -> dict:
    return json.loads(setup("--json", **options))


def refused(**options) -> str:
    said = StringIO()
    with pytest.raises(SystemExit) as stopped:
        call_command("setup", *typed(options), stderr=said)
    assert stopped.value.code == 1
    return said.getvalue()


def path_of(link: str) -> str:
    assert link.startswith("http://127.0.0.1:8000/")
    return link.removeprefix("http://127.0.0.1:8000")


def set_password(link: str, password: str = PASSWORD) -> Client:
    """Open the link, choose a password, as a browser does."""
    browser = Client()
    page = browser.get(path_of(link), follow=True)
    browser.post(page.request["PATH_INFO"], {"password1": password, "password2": password})
    return browser


@pytest.fixture(autouse=True)
def address(settings):
    settings.SITE_URL = "http://127.0.0.1:8000"


@pytest.mark.django_db
def test_it_makes_the_organisation_with_office_hours_in_its_zone():
    setup(name="Doca  Ltda ", zone="America/Sao_Paulo", currency="brl", admin="ada@doca.example")

    organisation = Organisation.get()
    assert (organisation.name, organisation.currency) == ("Doca Ltda", "BRL")
    assert organisation.time_zone == organisation.calendar.time_zone == "America/Sao_Paulo"
    assert organisation.calendar.week == {str(day): [["09:00", "17:00"]] for day in range(5)}


@pytest.mark.django_db
def test_zone_and_currency_alone_are_enough_and_the_way_to_an_administrator_is_told():
    said = setup(zone="America/Sao_Paulo", currency="BRL")

    assert Organisation.get().name == "My company"
    assert not User.objects.exists()
    assert "setup --admin you@example.com" in said


@pytest.mark.django_db
def test_without_any_value_it_is_utc_and_euro():
    assert told() == {
        "name": "My company", "zone": "UTC", "currency": "EUR", "holidays": None, "created": True, "changed": [],
        "admin": None,
    }  # fmt: skip


@pytest.mark.django_db
def test_the_first_administrator_sets_a_password_by_a_link_and_is_in():
    link = told(admin="Ada@Doca.example")["admin"]["link"]

    browser = set_password(link)

    ada = User.objects.get()
    assert (ada.email, ada.role) == ("ada@doca.example", User.Role.ADMINISTRATOR)
    assert ada.check_password(PASSWORD)
    assert browser.session["_auth_user_id"] == str(ada.pk)


@pytest.mark.django_db
def test_the_link_dies_once_it_is_used():
    link = told(admin="ada@doca.example")["admin"]["link"]
    set_password(link)

    set_password(link, "a second password by a stranger")

    assert User.objects.get().check_password(PASSWORD)


@pytest.mark.django_db
def test_asking_again_for_the_same_administrator_gives_a_fresh_link():
    set_password(told(admin="ada@doca.example")["admin"]["link"])

    again = told(admin="ada@doca.example")["admin"]

    set_password(again["link"], "another fine password")
    assert User.objects.get().check_password("another fine password")


@pytest.mark.django_db
def test_the_same_values_again_change_nothing():
    values = {"name": "Doca", "zone": "America/Sao_Paulo", "currency": "BRL"}
    setup(**values)
    events = AuditEvent.objects.count()

    again = told(**values)

    assert (again["created"], again["changed"]) == (False, [])
    assert AuditEvent.objects.count() == events


@pytest.mark.django_db
def test_other_values_change_an_empty_company_and_its_office():
    setup(name="Doca", zone="America/Sao_Paulo", currency="BRL")

    changed = told(zone="Europe/Lisbon", currency="EUR")["changed"]

    organisation = Organisation.get()
    assert changed == ["time_zone", "currency"]
    assert (organisation.name, organisation.currency) == ("Doca", "EUR")
    assert organisation.time_zone == organisation.calendar.time_zone == "Europe/Lisbon"


@pytest.mark.django_db
def test_public_holidays_are_kept_changed_and_dropped():
    assert told(holidays="de-BE")["holidays"] == "DE-BE"
    assert "public holidays of DE-BE" in setup(name="Doca")  # not named: they stay

    assert told(holidays="FR")["changed"] == ["holidays"]
    assert told(holidays="FR")["changed"] == []
    calendar = Organisation.get().calendar
    assert (calendar.holiday_country, calendar.holiday_subdivision) == ("FR", "")

    assert told(holidays="none")["holidays"] is None
    assert AuditEvent.objects.filter(action="calendar.changed").count() == 3


@pytest.mark.parametrize(
    ("place", "sentence"),
    [
        ("Germany", "Did you mean DE (Germany)?"),
        ("DE-XX", "Use one of: BB, BE, BW"),
        ("JP-13", "Leave the region empty."),
        ("EN", "Use a two-letter code such as DE, FR or US."),
    ],
)
def test_a_place_without_known_holidays_is_wrong_usage(place, sentence):
    with pytest.raises(CommandError) as wrong:
        setup(holidays=place)
    assert sentence in str(wrong.value)


@pytest.mark.django_db
def test_the_currency_stays_once_money_is_on_record(organisation):
    make_campaign().costs.create(starts_on="2026-01-01", ends_on="2026-01-31", amount="10", currency="EUR")

    said = refused(currency="USD", name="New name")

    assert "The currency stays EUR" in said
    assert (Organisation.get().currency, Organisation.get().name) == ("EUR", "Loadline")


@pytest.mark.django_db
def test_the_zone_stays_once_leads_are_on_record_and_the_name_may_change(organisation):
    make_lead()

    assert "The time zone stays UTC" in refused(zone="Europe/Lisbon")
    assert told(name="Loadline BV", currency="USD")["changed"] == ["name", "currency"]


@pytest.mark.django_db
def test_a_colleague_with_another_role_does_not_become_administrator_by_it(organisation):
    rep = make_user("rep")

    assert "Sales rep" in refused(admin=rep.email)

    rep.refresh_from_db()
    assert rep.role == User.Role.REP


@pytest.mark.django_db
def test_somebody_who_left_gets_no_link(organisation):
    gone = make_user("administrator", is_active=False)

    assert "no longer active" in refused(admin=gone.email)


@pytest.mark.parametrize(
    ("option", "value", "sentence"),
    [
        ("zone", "Sao_Paulo", "Did you mean America/Sao_Paulo"),
        ("zone", "sao paulo", "Did you mean America/Sao_Paulo"),
        ("zone", "berlin", "Did you mean Europe/Berlin"),
        ("zone", "Europe/Berln", "Did you mean Europe/Berlin"),
        ("zone", "qqqq", "IANA name such as Europe/Berlin"),
        ("zone", "", "is no time zone"),
        ("currency", "EURO", "Did you mean EUR"),
        ("currency", "€", "ISO code such as EUR"),
        ("name", "  ", "needs a name"),
        ("name", "x" * 121, "at most 120 characters"),
        ("admin", "ada", "is no e-mail address"),
    ],
)
def test_a_value_that_cannot_be_is_wrong_usage_and_says_what_was_meant(option, value, sentence):
    with pytest.raises(CommandError, match=sentence):
        call_command("setup", f"--{option}={value}")

"""The organisation and its first administrator: how an installation becomes somebody's company."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any
from zoneinfo import available_timezones

from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils.timezone import now

from leads.models import Cost, Deal, Lead
from smarketing.foundation import audit
from smarketing.foundation.models import Calendar, Organisation, Team, User
from smarketing.foundation.refusals import Refusal

NAME, ZONE, CURRENCY = "My company", "UTC", "EUR"
CALENDAR = "Office"
# ISO 4217, the currencies in circulation.
CURRENCIES = frozenset(
    """AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CLP
    CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HTG HUF
    IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD
    MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB
    RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX USD
    UYU UZS VED VES VND VUV WST XAF XCD XCG XOF XPF YER ZAR ZMW ZWG""".split()  # noqa: SIM905
)


@dataclass
class Outcome:
    """What `set_up` did."""

    organisation: Organisation
    created: bool
    changed: list[str] = field(default_factory=list)
    administrator: User | None = None


@transaction.atomic
def set_up(
    *,
    name: str | None,
    zone: str | None,
    currency: str | None,
    admin: str | None,
    holidays: tuple[str, str] | None = None,
) -> Outcome:
    """Make the organisation or bring it to these values (None: leave it), and make its administrator.

    `holidays` are the country and region whose public holidays the organisation's calendar keeps; "" is none.
    Raises `Refusal` before anything is written where a value may not change any more.
    """
    organisation = Organisation.objects.select_for_update().filter(pk=1).first()
    if organisation is None:
        made = found(name or NAME, zone or ZONE, currency or CURRENCY)
        outcome = Outcome(made, created=True)
    else:
        wanted = {"name": name, "time_zone": zone, "currency": currency}
        given = {key: value for key, value in wanted.items() if value}
        outcome = Outcome(organisation, created=False, changed=change(organisation, given, by=None))
    if holidays is not None and observe(outcome.organisation.calendar, *holidays) and not outcome.created:
        outcome.changed.append("holidays")
    outcome.administrator = appoint(admin) if admin else None
    return outcome


def found(name: str, zone: str, currency: str) -> Organisation:
    """Make the organisation, with office hours Monday to Friday in its zone."""
    calendar, _ = Calendar.objects.update_or_create(name=CALENDAR, defaults={"time_zone": zone})
    organisation = Organisation.objects.create(
        name=name, time_zone=zone, currency=currency, calendar=calendar
    )
    audit.record("organisation.founded", by=None, about=organisation)
    return organisation


def observe(calendar: Calendar, country: str, region: str = "") -> bool:
    """Keep the public holidays of this place from now on; whether these are others than before."""
    if (calendar.holiday_country, calendar.holiday_subdivision) == (country, region):
        return False
    calendar.holiday_country, calendar.holiday_subdivision = country, region
    fields = ["holiday_country", "holiday_subdivision"]
    calendar.save(update_fields=fields)
    audit.record("calendar.changed", by=None, about=calendar, fields=fields)
    return True


@transaction.atomic
def change(organisation: Organisation, wanted: Mapping[str, Any], *, by: User | None) -> list[str]:
    """Bring the organisation to these values; answers what changed. Raises `Refusal` for what may not any more."""
    changed = [key for key, value in wanted.items() if value != getattr(organisation, key)]
    if not changed:
        return []
    if unsafe := [sentence for key, sentence in fixed(organisation).items() if key in changed]:
        raise Refusal(unsafe[0])
    if "time_zone" in changed:
        # The office keeps its wall-clock hours, unless it was given a zone of its own.
        Calendar.objects.filter(pk=organisation.calendar_id, time_zone=organisation.time_zone).update(
            time_zone=wanted["time_zone"]
        )
    for key in changed:
        setattr(organisation, key, wanted[key])
    organisation.save(update_fields=changed)
    audit.record("organisation.changed", by=by, about=organisation, fields=changed)
    return changed


def fixed(organisation: Organisation) -> dict[str, str]:
    """What may not change any more, each with why.

    Reports are reckoned in the currency and by the days of the zone: both stay once there is something in them.
    """
    has_costs, found = Cost.objects.exists(), {}
    if has_costs or Deal.objects.exists():
        found["currency"] = (
            f"The currency stays {organisation.currency}: deals or costs are on record, and every report so far "
            f"is in {organisation.currency}. A single report can be asked for in another one."
        )
    if has_costs or Lead.objects.exists():
        found["time_zone"] = (
            f"The time zone stays {organisation.time_zone}: leads or costs are on record, and their days were read "
            "in that zone. People can set a zone of their own in their profile."
        )
    return found


def appoint(email: str) -> User:
    """The administrator with this e-mail, made when there is none; raises `Refusal` for anybody else's."""
    user = User.objects.filter(email__iexact=email).first()
    if user is None:
        user = User.objects.create_user(
            email, name=email.partition("@")[0], role=User.Role.ADMINISTRATOR, password=None
        )
        audit.record("user.created", by=None, about=user, fields=["role"])
    if not user.is_administrator or not user.is_active:
        standing = user.get_role_display() if user.is_active else "no longer active"
        raise Refusal(f"{email} is known already, as {user} ({standing}). Name another e-mail for --admin.")
    return user


@transaction.atomic
def add_person(email: str, *, role: str, name: str = "", team: str = "") -> User:
    """The person with this e-mail, made when there is none; raises `Refusal` for one with another role."""
    if Organisation.find() is None:
        raise Refusal("Make the organisation first: python manage.py setup --name … --zone … --currency …")
    user = User.objects.filter(email__iexact=email).first()
    if user is None:
        user = User.objects.create_user(
            email,
            name=name.strip() or email.partition("@")[0],
            role=role,
            team=_team(role, team),
            password=None,
            invited_at=now(),
        )
        audit.record("user.created", by=None, about=user, fields=["role", "team"])
    if user.role != role or not user.is_active:
        standing = user.get_role_display() if user.is_active else "no longer active"
        raise Refusal(f"{email} is known already, as {user} ({standing}). Use another e-mail.")
    return user


def _team(role: str, name: str) -> Team | None:
    """The team of that name; without a name the one of the role's side, an administrator has none."""
    if role == User.Role.ADMINISTRATOR:
        return None
    function = Team.Function.MARKETING if User(role=role).is_marketing else Team.Function.SALES
    name = " ".join(name.split()) or str(function.label)
    team, _ = Team.objects.get_or_create(name=name, defaults={"function": function})
    if team.function != function:
        raise Refusal(
            f"{team} is a team of {team.get_function_display().lower()}. Name one of the person's own side."
        )
    return team


def password_link(user: User) -> str:
    """Where this person sets a password; the link dies once one is set."""
    key = f"{user_pk_to_url_str(user)}-{default_token_generator.make_token(user)}"
    uidb36, _, token = key.partition("-")
    path = reverse("account_reset_password_from_key", kwargs={"uidb36": uidb36, "key": token})
    return f"{settings.SITE_URL}{path}"


def near_zones(text: str) -> list[str]:
    """Zones somebody may have meant: by their whole name or by the place at its end."""
    wanted = text.strip().lower().replace(" ", "_")
    names = {zone.lower(): zone for zone in sorted(available_timezones())}
    places: dict[str, str] = {}
    for zone in sorted(names.values(), reverse=True):
        places[zone.rpartition("/")[2].lower()] = zone
    found = [names[name] for name in get_close_matches(wanted, names, n=3, cutoff=0.75)]
    found += [places[name] for name in get_close_matches(wanted.rpartition("/")[2], places, n=3, cutoff=0.75)]
    return list(dict.fromkeys(found))[:4]


def near_currencies(text: str) -> list[str]:
    """Codes somebody may have meant."""
    return get_close_matches(text.strip().upper(), sorted(CURRENCIES), n=4, cutoff=0.6)

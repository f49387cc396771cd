"""People come, change what they do, and leave: each act with its traces in the audit log, in one transaction."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.utils.timezone import now

from leads import giving
from smarketing.company import password_link
from smarketing.foundation import audit, outbox
from smarketing.foundation.models import ApiKey, PersonAlias, Team, User
from smarketing.foundation.refusals import Forbidden, Refusal
from smarketing.people.rules import function_of, may_change, roles_open_to

INVITATION = "people.invitation"  # the outbox topic: mail somebody the link to choose a password


class Unfit(Refusal):
    """A value of one field that does not go with the rest: a form shows the sentence there."""

    def __init__(self, field: str, sentence: str) -> None:
        super().__init__(sentence)
        self.field = field


@dataclass(frozen=True)
class Invited:
    """Somebody with a link to choose a password, which is shown this once."""

    person: User
    link: str


@transaction.atomic
def invite(
    email: str, *, name: str, role: str, team: Team | None, by: User, moment: datetime | None = None
) -> Invited:
    """Add somebody and mail them a link; raises `Refusal` where they are known or do not fit the team."""
    if role not in roles_open_to(by):
        raise Forbidden("Your role does not allow you to add somebody with this role.")
    if known := User.objects.filter(email__iexact=email).first():
        raise Unfit("email", known_already(known))
    _ensure_fits(role, team)
    person = User.objects.create_user(email, name=name, role=role, team=team, password=None)
    audit.record("user.created", by=by, about=person, fields=["role", "team"])
    return _send(person, by=by, moment=moment or now())


def known_already(person: User) -> str:
    """Why nobody can be added with this person's e-mail."""
    standing = "is here already" if person.is_active else "was here before and is inactive; open their page"
    return f"{person.email} belongs to {person} ({person.get_role_display().lower()}), who {standing}."


@transaction.atomic
def invite_again(person: User, *, by: User, moment: datetime | None = None) -> Invited:
    """A fresh link for somebody who has not chosen a password yet; the one before opens nothing any more."""
    person = _locked(person, by)
    if not person.is_active:
        raise Refusal(f"{person} is inactive. Reactivate them first: that makes a link, too.")
    if person.has_usable_password():
        raise Refusal(
            f"{person} has chosen a password already. “Forgot your password?” on the sign-in page helps."
        )
    audit.record("user.invited", by=by, about=person)
    return _send(person, by=by, moment=moment or now())


def _send(person: User, *, by: User, moment: datetime) -> Invited:
    # Another unusable password: links are signed with it, so that whatever was sent before is void.
    person.password = make_password(None)
    person.invited_at = moment
    person.save(update_fields=["password", "invited_at"])
    outbox.put(
        INVITATION,
        f"invitation-{person.pk}-{moment.isoformat()}",
        {"person": person.pk, "by": by.pk, "at": moment.isoformat()},
    )
    return Invited(person, password_link(person))


@transaction.atomic
def change(
    person: User, *, name: str, role: str, team: Team | None, deputy: User | None, by: User
) -> list[str]:
    """Bring name, role, team and deputy to these values; answers which of them changed."""
    person = _locked(person, by)
    wanted = {"name": name, "role": role, "team": team, "deputy": deputy}
    changed = [field for field, value in wanted.items() if getattr(person, field) != value]
    if "role" in changed:
        _ensure_may_become(person, role, by)
    if {"role", "team"} & set(changed):
        _ensure_fits(role, team)
    if "team" in changed and not by.may("people.manage_all"):
        raise Forbidden("Only an administrator moves people between teams.")
    if deputy is not None and (deputy.pk == person.pk or not deputy.is_active):
        raise Unfit("deputy", "A deputy is somebody else who is active. Choose another.")
    for field in changed:
        setattr(person, field, wanted[field])
    if changed:
        person.save(update_fields=changed)
        audit.record("user.changed", by=by, about=person, fields=changed)
    return changed


def _ensure_may_become(person: User, role: str, by: User) -> None:
    if role not in roles_open_to(by):
        raise Forbidden("Your role does not allow you to give this role.")
    if person.is_administrator and person.is_active:
        _ensure_another_administrator(person)
    sells = role in (User.Role.REP, User.Role.ACCOUNT_MANAGER, User.Role.SALES_HEAD)
    if not sells and (n := giving.open_of(person).count()):
        raise Unfit(
            "role",
            f"{person} owns {n:,} open {'lead' if n == 1 else 'leads'}, and only sales owns leads. "
            "Give the leads away first.",
        )


def _ensure_fits(role: str, team: Team | None) -> None:
    function = function_of(role)
    if function is None and team is not None:
        raise Unfit("team", "An administrator belongs to no team. Choose “No team”.")
    if function is not None and team is not None and team.function != function:
        raise Unfit(
            "team",
            f"{team} is a team of {team.get_function_display().lower()}, and this role works in "
            f"{function.label.lower()}. Choose a team of {function.label.lower()}.",
        )


def _ensure_another_administrator(person: User) -> None:
    """Of two who step down at once the second is refused: `_locked` has all administrators."""
    others = User.objects.filter(role=User.Role.ADMINISTRATOR, is_active=True).exclude(pk=person.pk)
    if not others.exists():
        raise Unfit("role", f"{person} is the last administrator. Make somebody else administrator first.")


@transaction.atomic
def give_leads(
    person: User, *, to: User | None, by: User, moment: datetime | None = None
) -> dict[int | None, int]:
    """Give the open leads of somebody, who stays, to others; `to` None: back to the pool."""
    _locked(person, by, heir=to)
    counts = giving.give_all(person, to=to, by=by, moment=moment)
    audit.record("user.leads_given", by=by, about=person)
    return counts


@transaction.atomic
def deactivate(
    person: User, *, to: User | None, by: User, moment: datetime | None = None
) -> dict[int | None, int]:
    """End somebody's time here: nobody signs in as them any more, and their open leads go to `to` or to the pool.

    Password, sessions, links and API keys end at once and for good; whoever is reactivated gets a new link.
    """
    moment = moment or now()
    if person.pk == by.pk:
        raise Refusal("You cannot deactivate yourself. Ask another administrator.")
    person = _locked(person, by, heir=to)
    if not person.is_active:
        raise Refusal(f"{person} is inactive already.")
    if person.is_administrator:
        _ensure_another_administrator(person)
    person.is_active = False
    person.password = make_password(None)  # sessions and links are signed with it
    person.save(update_fields=["is_active", "password"])
    # Also of somebody who owns nothing: a lead may be on its way to them this very moment.
    counts = giving.give_all(person, to=to, by=by, moment=moment)
    _end_keys(person, by, moment)
    for head in User.objects.filter(deputy=person):
        audit.record("user.changed", by=by, about=head, fields=["deputy"])
    User.objects.filter(deputy=person).update(deputy=None)
    audit.record("user.deactivated", by=by, about=person)
    return counts


def _end_keys(person: User, by: User, moment: datetime) -> None:
    keys = ApiKey.objects.filter(person=person, revoked_at=None)
    for key in keys:
        audit.record("api_key.revoked", by=by, about=key)
    keys.update(revoked_at=moment, revoked_by=by)


@transaction.atomic
def reactivate(person: User, *, by: User, moment: datetime | None = None) -> Invited:
    """Somebody is back, with the role and team they had; they choose a new password by the link."""
    person = _locked(person, by)
    if person.is_active:
        raise Refusal(f"{person} is active already.")
    if not person.email:
        raise Refusal(
            f"{person} is a name from a file and has no e-mail. Say under “Names in files” who that is."
        )
    person.is_active = True
    person.save(update_fields=["is_active"])
    audit.record("user.reactivated", by=by, about=person)
    return _send(person, by=by, moment=moment or now())


@transaction.atomic
def claim(alias: PersonAlias, *, to: User, with_leads: bool, by: User, moment: datetime | None = None) -> int:
    """From now on files that name this alias mean `to`; answers how many leads of the name came along."""
    if not by.may("people.manage_all"):
        raise Forbidden("Only an administrator says who a name in a file is.")
    if not to.is_active:
        raise Refusal(f"{to} is inactive. Choose somebody who is here.")
    alias = PersonAlias.objects.select_for_update().select_related("user").get(pk=alias.pk)
    former, alias.user = alias.user, to
    alias.save(update_fields=["user"])
    audit.record("alias.claimed", by=by, about=alias, fields=["user"])
    if not with_leads or former.is_active or former.email or former.pk == to.pk:
        return 0
    return giving.book(former, to=to, by=by, moment=moment)


def _locked(person: User, by: User, *, heir: User | None = None) -> User:
    """The person as they are now, locked, if `by` may change them; of administrators all, in one order.

    Whoever takes their leads over does not leave meanwhile either.
    """
    if person.is_administrator:
        administrators = User.objects.filter(role=User.Role.ADMINISTRATOR).order_by("pk")
        list(administrators.select_for_update(no_key=True))
    # Whoever gives a lead to somebody refers to their row, with the pool in hand: that must not wait for this.
    rows = User.objects.select_for_update(of=("self",), no_key=True).select_related("team", "deputy")
    both = {one.pk: one for one in rows.filter(pk__in=[person.pk, heir.pk if heir else None]).order_by("pk")}
    person = both[person.pk]
    if not may_change(by, person):
        raise Forbidden("Only administrators, and heads in their own team, change people.")
    return person

"""Companies: whom a person may see, and correcting what is known about one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef, QuerySet

from leads.models import Account, Lead
from smarketing.foundation import audit
from smarketing.foundation.models import User
from smarketing.foundation.refusals import Forbidden, Refusal

FACTS = ("name", "domain", "industry", "employees", "country")


class ChangedMeanwhile(Refusal):
    """A colleague wrote something else into the same facts."""

    code = "changed_meanwhile"


def visible_to(user: User) -> QuerySet[Account]:
    """Companies of which this person may see somebody; who reads every lead sees every company."""
    if user.may("leads.read_all"):
        return Account.objects.all()
    return Account.objects.filter(Exists(people(user, OuterRef("pk"))))


def people(user: User, account: Any) -> QuerySet[Lead]:
    """Those of one company whom this person may see."""
    return Lead.objects.visible_to(user).filter(account=account, merged_into=None)  # type: ignore[no-any-return]


def may_edit(user: User, account: Account) -> bool:
    """Heads and marketing always, the members of sales who own one of its leads."""
    if user.may("leads.act_on_any") or user.may("leads.qualify"):
        return True
    return user.may("leads.work_own") and Lead.objects.filter(account=account, owner=user).exists()


def may_edit_with(user: User, people: Iterable[Lead]) -> bool:
    """The same, with all people of the company that this person may see already at hand."""
    if user.may("leads.act_on_any") or user.may("leads.qualify"):
        return True
    return user.may("leads.work_own") and any(lead.owner_id == user.pk for lead in people)


@transaction.atomic
def correct(pk: int, typed: Mapping[str, object], *, before: Mapping[str, object], by: User) -> Account:
    """Store facts that differ from those that were read `before`; raises `Forbidden` or `Refusal`."""
    account = Account.objects.select_for_update(no_key=True).get(pk=pk)
    if not may_edit(by, account):
        raise Forbidden(f"None of {account}’s leads is yours. Ask their owner or a head of team.")
    changed = {name: value for name, value in typed.items() if value != before.get(name)}
    stale = [name for name in changed if getattr(account, name) not in (before.get(name), changed[name])]
    if stale:
        raise ChangedMeanwhile(
            f"Somebody changed the {stale[0]} of {account} while you were editing. Look at it, then save again."
        )
    changed = {name: value for name, value in changed.items() if value != getattr(account, name)}
    if not changed:
        return account
    for name, value in changed.items():
        setattr(account, name, value)
    if not (account.name or account.domain):
        raise Refusal("Keep a name or a domain: one of them is how a company is recognised.")
    try:
        with transaction.atomic():
            account.save()
    except IntegrityError:
        raise Refusal(f"Another company has the domain {account.domain} already.") from None
    audit.record("account.facts_corrected", by=by, about=account, fields=sorted(changed))
    return account

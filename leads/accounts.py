"""Companies: whom a person may see, and correcting what is known about one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.timezone import now

from leads import custom_fields
from leads.models import Account, FactChange, Lead, name_key
from smarketing.foundation import audit
from smarketing.foundation.models import User
from smarketing.foundation.refusals import Forbidden, Refusal

FACTS = ("name", "domain", "industry", "employees", "revenue_band", "country")
OWN = "custom."  # before the key of an own field


class ChangedMeanwhile(Refusal):
    """A colleague wrote something else into the same facts."""

    code = "changed_meanwhile"


def visible_to(user: User) -> QuerySet[Account]:
    """Companies of which this person may see somebody; who reads every lead sees every company."""
    if user.may("leads.read_all"):
        return Account.objects.all()
    return Account.objects.filter(Exists(people(user, OuterRef("pk"))))


def beginning(text: str) -> Q:
    """Companies whose name or domain begins with `text`."""
    return Q(key__startswith=name_key(text)) | Q(domain__startswith=text.lower())


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


def stored(account: Account) -> dict[str, object]:
    """The facts of a company as forms have them; of own fields, those that are known."""
    own = {f"{OWN}{key}": custom_fields.typed(value) for key, value in account.custom.items()}
    return {name: getattr(account, name) for name in FACTS} | own


@transaction.atomic
def correct(
    pk: int,
    typed: Mapping[str, object],
    *,
    before: Mapping[str, object],
    by: User,
    way: str = FactChange.Way.HAND,
) -> Account:
    """Store facts that differ from those that were read `before`; raises `Forbidden` or `Refusal`.

    An own field goes by "custom.<key>", as text.
    """
    account = Account.objects.select_for_update(no_key=True).get(pk=pk)
    if not may_edit(by, account):
        raise Forbidden(f"None of {account}’s leads is yours. Ask their owner or a head of team.")
    there = stored(account)
    changed = {name: value for name, value in typed.items() if not _same(value, before.get(name))}
    stale = [
        name
        for name, value in changed.items()
        if not (_same(there.get(name), before.get(name)) or _same(there.get(name), value))
    ]
    if stale:
        raise ChangedMeanwhile(
            f"Somebody changed the {_said(stale[0])} of {account} while you were editing. "
            "Look at it, then save again."
        )
    changed = {name: value for name, value in changed.items() if not _same(value, there.get(name))}
    if not changed:
        return account
    _set(account, changed)
    _save(account)
    audit.record("account.facts_corrected", by=by, about=account, fields=sorted(changed))
    _keep(account, there, changed, by=by, way=way)
    return account


def _same(one: object, other: object) -> bool:
    """Nothing is nothing, however a form or a column says it."""
    return one == other or (one in (None, "") and other in (None, ""))


def _words(value: object) -> str:
    return "" if value is None else str(value)


def _said(name: str) -> str:
    """A fact within a sentence."""
    field = custom_fields.by_name().get(f"account.{name}")
    return field.label if field else name.replace("_", " ")


def _set(account: Account, changed: Mapping[str, object]) -> None:
    own = {name.removeprefix(OWN): str(value) for name, value in changed.items() if name.startswith(OWN)}
    for name in changed.keys() & set(FACTS):
        setattr(account, name, changed[name])
    if own:
        account.custom = custom_fields.with_changes(account.custom, custom_fields.read("account", own))
    if not (account.name or account.domain):
        raise Refusal("Keep a name or a domain: one of them is how a company is recognised.")


def _save(account: Account) -> None:
    try:
        with transaction.atomic():
            account.save()
    except IntegrityError:
        raise Refusal(f"Another company has the domain {account.domain} already.") from None


def _keep(
    account: Account, before: Mapping[str, object], changed: Mapping[str, object], *, by: User, way: str
) -> None:
    """What stood there and what stands there now, fact by fact."""
    moment = now()
    FactChange.objects.bulk_create(
        FactChange(
            account=account,
            field=name,
            before=_words(before.get(name)),
            after=_words(new),
            way=way,
            by=by,
            at=moment,
        )
        for name, new in sorted(changed.items())
    )

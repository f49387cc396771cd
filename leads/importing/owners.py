"""Whom a file means by an owner's name: a person we know, else one who waits to be claimed."""

from __future__ import annotations

from collections.abc import Iterable

from django.contrib.auth.hashers import make_password

from smarketing.foundation.models import PersonAlias, User


def known(source: str, texts: Iterable[str]) -> dict[str, int]:
    """The people these texts name: by an earlier import's alias, else by e-mail, else by a name that only one has."""
    wanted = set(texts)
    if not wanted:
        return {}
    aliases = PersonAlias.objects.filter(source=source, text__in=wanted)
    found = dict(aliases.values_list("text", "user_id"))
    missing = wanted - set(found)
    active = list(User.objects.filter(is_active=True).values_list("id", "email", "name")) if missing else []
    for text in missing:
        matches = [pk for pk, email, _ in active if email and email.lower() == text.lower()]
        matches = matches or [pk for pk, _, name in active if name.casefold() == text.casefold()]
        if len(matches) == 1:
            found[text] = matches[0]
    return found


def ensure(source: str, texts: Iterable[str], found: dict[str, int]) -> dict[str, int]:
    """`found` with an inactive person for each text that names nobody, and an alias for every text."""
    wanted = sorted(set(texts))
    strangers = [text for text in wanted if text not in found]
    people = User.objects.bulk_create(
        [User(name=text[:120], is_active=False, password=make_password(None)) for text in strangers]
    )
    found = found | {text: user.pk for text, user in zip(strangers, people, strict=True)}
    PersonAlias.objects.bulk_create(
        [PersonAlias(source=source, text=text, user_id=found[text]) for text in wanted], ignore_conflicts=True
    )
    return found

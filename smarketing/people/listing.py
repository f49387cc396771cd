"""Who works here: found by a few filters, in the order of their names, each with how they stand."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.db.models import Case, CharField, Exists, OuterRef, Q, QuerySet, Value, When
from django.db.models.functions import Lower

from smarketing.foundation.models import Absence, Team, User

ACTIVE, INVITED, AWAY, INACTIVE, NAME = "active", "invited", "away", "inactive", "name"
STATES = {
    ACTIVE: "Active",
    INVITED: "Invited",
    AWAY: "On leave",
    INACTIVE: "Inactive",
    NAME: "Name in files",
}
HERE, ANY = "", "any"


class Filters(forms.Form):
    """What the address says; a value nobody knows is ignored rather than refused."""

    q = forms.CharField(label="Name or e-mail", required=False, max_length=120)
    role = forms.ChoiceField(label="Role", required=False, choices=[("", "Any"), *User.Role.choices])
    team = forms.ChoiceField(label="Team", required=False)
    state = forms.ChoiceField(
        label="State",
        required=False,
        choices=[(HERE, "Everybody here"), *((k, v) for k, v in STATES.items() if k != NAME), (ANY, "Any")],
    )

    def __init__(self, data: Any, *, teams: QuerySet[Team]) -> None:
        super().__init__(data, auto_id="filter-%s")
        self.fields["q"].widget.attrs.update({"type": "search", "placeholder": "Search"})
        listed = [(str(team.pk), str(team)) for team in teams]
        self.fields["team"].choices = [("", "Any"), *listed]  # type: ignore[attr-defined]
        if len(listed) < 2:  # a head has one team
            del self.fields["team"]
        self.is_valid()

    @property
    def given(self) -> dict[str, str]:
        return {name: value for name, value in self.cleaned_data.items() if value}

    def apply(self, people: QuerySet[User]) -> QuerySet[User]:
        given = self.given
        state = given.get("state", HERE)
        if state == HERE:
            people = people.filter(is_active=True)
        elif state != ANY:
            people = people.filter(Q(state=state))
        if text := given.get("q"):
            people = people.filter(Q(name__icontains=text) | Q(email__icontains=text))
        if role := given.get("role"):
            people = people.filter(role=role)
        if team := given.get("team"):
            people = people.filter(team=int(team))
        return people


def with_state(people: QuerySet[User], day: date) -> QuerySet[User]:
    """Each with `state` on that local day and with `key`, by which they are ordered; names in files left out."""
    away = Absence.objects.filter(user=OuterRef("pk"), starts_on__lte=day, ends_on__gte=day)
    state = Case(
        When(Q(is_active=False, email=None), then=Value(NAME)),
        When(is_active=False, then=Value(INACTIVE)),
        When(password__startswith=UNUSABLE_PASSWORD_PREFIX, then=Value(INVITED)),
        When(Exists(away), then=Value(AWAY)),
        default=Value(ACTIVE),
        output_field=CharField(),
    )
    return people.annotate(state=state, key=Lower("name")).exclude(state=NAME)

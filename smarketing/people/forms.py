"""Forms about people."""

from __future__ import annotations

from typing import Any

from django import forms

from leads.pages.fields import PlainWords
from smarketing.foundation.models import PersonAlias, Team, User
from smarketing.people.rules import may_change, roles_open_to, teams_open_to

POOL, PERSON = "pool", "person"
OFFERED = 1000
NO_CHOICE = {"invalid_choice": "This person or team is not there any more. Choose another."}


class PlaceForm(PlainWords, forms.Form):
    """Name, role and team, within what the person who fills it in may give."""

    fields: dict[str, Any]
    name = forms.CharField(max_length=120, widget=forms.TextInput(attrs={"autocomplete": "off"}))
    role = forms.ChoiceField()
    team = forms.ModelChoiceField(
        queryset=Team.objects.none(), required=False, empty_label="No team", error_messages=NO_CHOICE
    )

    def __init__(self, *args: Any, by: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.by = by
        self.fields["role"].choices = [(role.value, role.label) for role in roles_open_to(by)]
        self.fields["team"].queryset = teams_open_to(by)
        if not by.may("people.manage_all"):
            del self.fields["team"]

    def clean_name(self) -> str:
        return " ".join(self.cleaned_data["name"].split())

    @property
    def values(self) -> dict[str, Any]:
        """For the acts; a head adds to the own team."""
        return {"team": self.by.team, **self.cleaned_data}


class NewPersonForm(PlaceForm):
    email = forms.EmailField(
        label="E-mail",
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "off", "autofocus": True}),
        help_text="They sign in with it. The link to choose a password goes there.",
    )
    field_order = ("email", "name", "role", "team")


class PersonForm(PlaceForm):
    """The same for somebody who is here; heads of a team also have a deputy."""

    deputy = forms.ModelChoiceField(
        label="Deputy",
        queryset=User.objects.none(),
        required=False,
        empty_label="Nobody",
        help_text="Hears of broken promises of the team while its head is on leave.",
        error_messages=NO_CHOICE,
    )

    def __init__(self, data: Any = None, *, person: User, by: User) -> None:
        initial = {
            "name": person.name,
            "role": person.role,
            "team": person.team_id,
            "deputy": person.deputy_id,
        }
        super().__init__(data, by=by, initial=initial)
        self.person = person
        self.fields["deputy"].queryset = others(person)
        if not person.is_head:
            del self.fields["deputy"]
        if not may_change(by, person):
            self.fields["role"].choices = [(person.role, person.get_role_display())]
            for field in self.fields.values():
                field.disabled = True

    @property
    def values(self) -> dict[str, Any]:
        return {"team": self.person.team, "deputy": self.person.deputy, **self.cleaned_data}


class LeaversForm(PlainWords, forms.Form):
    """To whom open leads go: to the pool of reps who are there, or to one person."""

    fields: dict[str, Any]
    way = forms.ChoiceField(choices=[(POOL, "Back to the pool"), (PERSON, "To one person")])
    to = forms.ModelChoiceField(
        label="Who takes them",
        queryset=User.objects.none(),
        required=False,
        empty_label="Choose somebody",
        error_messages=NO_CHOICE,
    )

    def __init__(self, data: Any = None, *, person: User) -> None:
        super().__init__(data, initial={"way": POOL})
        sales = [User.Role.REP, User.Role.ACCOUNT_MANAGER, User.Role.SALES_HEAD]
        self.fields["to"].queryset = others(person).filter(role__in=sales)

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if given.get("way") == PERSON and not given.get("to") and "to" not in self.errors:
            self.add_error("to", "Choose who takes the leads over, or give them back to the pool.")
        return given

    @property
    def heir(self) -> User | None:
        return self.cleaned_data["to"] if self.cleaned_data["way"] == PERSON else None


class ClaimForm(PlainWords, forms.Form):
    """Who a name in a file really is."""

    fields: dict[str, Any]
    to = forms.ModelChoiceField(
        label="Who is this?",
        queryset=User.objects.none(),
        empty_label="Choose somebody",
        error_messages=NO_CHOICE,
    )
    with_leads = forms.BooleanField(
        label="Book the leads of this name to them, too", required=False, initial=True
    )

    def __init__(self, data: Any = None, *, alias: PersonAlias, leads: int) -> None:
        super().__init__(data)
        self.fields["to"].queryset = others(alias.user)
        if not leads:
            del self.fields["with_leads"]


def others(person: User):
    """Everybody who is here but this person."""
    return User.objects.filter(is_active=True).exclude(pk=person.pk).order_by("name", "pk")

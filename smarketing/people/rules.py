"""Who may change whom, and what a role asks of a team."""

from __future__ import annotations

from django.db.models import Q, QuerySet

from smarketing.foundation.models import Team, User

Role = User.Role
# Of their own team: nobody makes or changes their own kind, but administrators.
HEADS_HIRE = {Role.SALES_HEAD: [Role.REP, Role.ACCOUNT_MANAGER], Role.MARKETING_HEAD: [Role.MARKETER]}


def people_of(user: User) -> QuerySet[User]:
    """Whom this person finds in the settings: as administrator everybody, as head the own team."""
    if user.may("people.manage_all"):
        return User.objects.all()
    own = Q(pk=user.pk)
    if user.may("people.manage_team") and user.team_id is not None:
        own |= Q(team=user.team_id)
    return User.objects.filter(own)


def roles_open_to(user: User) -> list[User.Role]:
    """The roles that this person may give."""
    if user.may("people.manage_all"):
        return list(Role)
    return HEADS_HIRE.get(Role(user.role), []) if user.team_id is not None else []


def may_change(user: User, person: User) -> bool:
    """Administrators change everybody; heads the members of their team whose roles they may give."""
    if user.may("people.manage_all"):
        return True
    return (
        person.team_id is not None and person.team_id == user.team_id and person.role in roles_open_to(user)
    )


def teams_open_to(user: User) -> QuerySet[Team]:
    """The teams into which this person may put somebody."""
    teams = Team.objects.order_by("name")
    if user.may("people.manage_all"):
        return teams
    return teams.filter(pk=user.team_id) if user.team_id is not None else teams.none()


def function_of(role: str) -> Team.Function | None:
    """The side on which this role works; an administrator works on none."""
    if role == Role.ADMINISTRATOR:
        return None
    return Team.Function.MARKETING if User(role=role).is_marketing else Team.Function.SALES

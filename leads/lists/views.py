"""Lists under a name: everybody's own, their team's, and those that every role starts with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.utils.timezone import now

from leads.lists import orders
from leads.models import SavedView
from smarketing.foundation.models import User
from smarketing.foundation.refusals import Forbidden, Refusal

MOST = 60  # views of one person


@dataclass(frozen=True)
class Preset:
    """A view that is there without anybody having saved it."""

    key: str
    name: str
    query: str


MINE = Preset("mine", "My leads", "owner=me")
UNCLAIMED = Preset("unclaimed", "Unclaimed", "state=mql&owner=none&sort=since")
NEW = Preset("new", "New this week", "born_last=7")
STUCK = Preset("stuck", "Stuck", "state=mql&state=sal&state=sql&since_over=14&sort=since")
MY_STUCK = Preset("stuck", "Stuck", "state=mql&state=sal&state=sql&owner=me&since_over=14&sort=since")
RETURNED = Preset("returned", "Returned", "state=nurturing&sort=-since")
WAITING = Preset("waiting", "With sales", "state=mql&sort=since")
SALES, MARKETING = [MINE, UNCLAIMED, MY_STUCK, RETURNED], [NEW, WAITING, RETURNED]


def presets_for(user: User) -> list[Preset]:
    """The views that this person's role starts with."""
    if user.is_head or user.is_administrator:
        return [NEW, UNCLAIMED, STUCK, RETURNED]
    return SALES if user.is_sales else MARKETING


def visible_to(user: User) -> QuerySet[SavedView]:
    """The person's own views, the one without a name too, and those of the team."""
    theirs = Q(owner=user)
    if user.team_id is not None:
        theirs |= Q(team=user.team_id) & ~Q(name="")
    return SavedView.objects.filter(theirs, removed_at=None).order_by("created_at", "pk")


def may_change(user: User, view: SavedView) -> bool:
    """Whoever made it; a team's, its heads and administrators too."""
    shared = view.team_id is not None and (
        user.is_administrator or (user.is_head and view.team_id == user.team_id)
    )
    return view.owner_id == user.pk or shared


def ensure_may_change(user: User, view: SavedView) -> None:
    if not may_change(user, view):
        raise Forbidden(f"“{view}” is your team’s. Its head changes it; save a view of your own.")


def save(
    user: User, name: str, query: str, *, columns: Sequence[str] = (), shared: bool = False
) -> SavedView:
    """Keep a list under a name; heads may share it with their team."""
    if SavedView.objects.filter(owner=user, removed_at=None).count() >= MOST:
        raise Refusal(f"You have {MOST} views. Delete one that you no longer open, then save this one.")
    view = SavedView(owner=user, query=query, columns=_known(columns))
    if shared:
        share(view, by=user)
    return _named(view, name)


def share(view: SavedView, *, by: User) -> None:
    """Let the person's team have it too; the caller stores it."""
    if not (by.is_head or by.is_administrator):
        raise Forbidden("Only heads of team share a view. Save it for yourself.")
    if by.team_id is None:
        raise Refusal("You are in no team, so there is nobody to share this view with.")
    view.team_id = by.team_id


def rename(view: SavedView, name: str, *, by: User) -> SavedView:
    ensure_may_change(by, view)
    return _named(view, name)


def update(view: SavedView, query: str, *, by: User) -> None:
    """Let the view show what the list shows now."""
    ensure_may_change(by, view)
    view.query = query
    view.save(update_fields=["query"])


def pin(view: SavedView, pinned: bool, *, by: User) -> None:
    ensure_may_change(by, view)
    view.pinned = pinned
    view.save(update_fields=["pinned"])


def remove(view: SavedView, *, by: User, moment: datetime | None = None) -> None:
    ensure_may_change(by, view)
    view.removed_at = moment or now()
    view.save(update_fields=["removed_at"])


def restore(pk: int, *, by: User) -> SavedView:
    """Bring back a view that was removed; raises `SavedView.DoesNotExist`, or `Refusal` where its name is taken."""
    view = SavedView.objects.get(pk=pk)
    if not may_change(by, view):
        raise SavedView.DoesNotExist
    view.removed_at = None
    return _named(view, view.name)


def set_columns(user: User, view: SavedView | None, names: Sequence[str]) -> None:
    """Keep columns with the view, where it is this person's to change, else for all their lists."""
    known = _known(names)
    if not known:
        raise Refusal("Choose at least one column: the name alone tells too little.")
    if view is not None and may_change(user, view):
        view.columns = known
        view.save(update_fields=["columns"])
        return
    SavedView.objects.update_or_create(
        owner=user, name="", removed_at=None, defaults={"columns": known, "pinned": False}
    )


def _known(names: Sequence[str]) -> list[str]:
    offered = orders.all_columns()
    return [name for name in dict.fromkeys(names) if name in offered]


def _named(view: SavedView, name: str) -> SavedView:
    view.name = " ".join(name.split())[:60]
    if not view.name:
        raise Refusal("Give the view a name: it stands on its tab.")
    try:
        with transaction.atomic():
            view.save()
    except IntegrityError:
        raise Refusal(f"You have a view called “{view.name}” already. Choose another name.") from None
    return view

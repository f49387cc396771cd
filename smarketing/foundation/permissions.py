"""Who may do what, as one table. Row visibility is `Lead.objects.visible_to`; this is about roles."""

from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING

from django.http import HttpResponse

from smarketing.foundation.refusals import Forbidden

if TYPE_CHECKING:
    from smarketing.foundation.models import User
    from smarketing.foundation.requests import Request

EVERYONE = {"rep", "marketer", "account_manager", "sales_head", "marketing_head", "administrator"}
HEADS = {"sales_head", "marketing_head", "administrator"}
SALES = {"rep", "account_manager"}

CAPABILITIES: dict[str, set[str]] = {
    "leads.read_all": HEADS | {"marketer"},
    "leads.work_own": SALES,  # accept, reject, advance, win, lose, log: on leads they own
    "leads.claim": SALES | HEADS,
    "leads.act_on_any": HEADS,
    "leads.qualify": HEADS | {"marketer"},
    "leads.nurture": HEADS | {"marketer"},  # return to nurture before sales has accepted
    "leads.create": EVERYONE,
    "touches.record": HEADS | {"marketer"},  # in bulk, as a tracker sends them
    "campaigns.read": EVERYONE,
    "campaigns.write": HEADS | {"marketer"},
    "imports.read": HEADS | {"marketer"},
    "register.read": HEADS | {"marketer"},
    "register.write": HEADS | {"marketer"},
    "imports.undo": HEADS,
    "reports.read": EVERYONE,
    "definitions.read": EVERYONE,
    "definitions.propose": HEADS | {"marketer"},  # signing takes a key: see `signing`
    "fields.write": HEADS,
    "calendars.read": HEADS,
    "calendars.write": {"administrator"},
    "styleguide.read": {"administrator"},
    "people.manage_all": {"administrator"},
    "people.manage_team": HEADS,
}


def may(user: "User", capability: str) -> bool:
    return user.is_active and user.role in CAPABILITIES[capability]


def requires(capability: str) -> Callable:
    """View decorator: a signed-in person of the wrong role gets 403 with a sentence."""
    assert capability in CAPABILITIES

    def decorate(view: Callable) -> Callable:
        @wraps(view)
        def guarded(request: "Request", *args, **kwargs) -> HttpResponse:
            if not may(request.user, capability):
                raise Forbidden
            return view(request, *args, **kwargs)

        return guarded

    return decorate

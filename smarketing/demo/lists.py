"""Lists of leads that people at Loadline have kept under a name."""

from __future__ import annotations

from urllib.parse import urlencode

from leads.lists import views
from leads.models import Campaign
from smarketing.demo import people
from smarketing.foundation.models import Team, User

REP, MARKETER = people.SELLERS[1][0], people.MARKETERS[1][0]
SALES_HEAD, MARKETING_HEAD = people.SELLERS[0][0], people.MARKETERS[0][0]


def keep() -> None:
    """Of the rep and the marketer whose logins are told, and of both heads for their teams."""
    campaigns = dict(Campaign.objects.values_list("name", "pk"))
    field = Team.objects.get(name=people.CENTRAL).pk
    vendor, fair = campaigns["Content syndication"], campaigns["LogiMAT booth"]
    kept: list[tuple[str, str, dict[str, str | int], bool]] = [
        (REP, "My open deals", {"state": "sql", "owner": "me"}, False),
        (REP, "To call this week", {"state": "sal", "owner": "me"}, False),
        (MARKETER, "Syndication, sent back", {"campaign": vendor, "state": "nurturing"}, False),
        (MARKETER, "Big companies, not ready", {"state": "visitor", "employees_min": 1000}, False),
        (SALES_HEAD, "Field team, accepted", {"team": field, "state": "sal"}, True),
        (MARKETING_HEAD, "From the fair, to nurture", {"campaign": fair, "state": "nurturing"}, True),
    ]
    for name, title, asked, shared in kept:
        views.save(User.objects.get(email=people.email(name)), title, urlencode(asked), shared=shared)

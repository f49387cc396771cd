"""Which pages a browser is taken to, and as whom: one line for each name of the URL configuration.

A page of a new name needs a line here, or `test_addresses.py` fails and says so. A line is a list of visits; a visit
is a few words: who opens the page, what it is about (a name of `Showcase`), what follows the path.

    "leads:detail": ["rep mql", "head out", "marketer won ?show=buyer"],
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.urls import reverse

from tests.browser.company import Company

NOBODY = "nobody"  # who is not signed in

PAGES: dict[str, list[str]] = {
    # --- Signing in
    "account_login": ["nobody", "nobody ?next=/queue/"],
    "account_logout": ["rep"],
    "account_inactive": ["nobody"],
    "account_signup": ["nobody"],
    "account_set_password": ["rep"],
    "account_reset_password": ["nobody"],
    "account_reset_password_done": ["nobody"],
    "account_reset_password_from_key": ["nobody uidb36=x key=y"],
    "account_reset_password_from_key_done": ["nobody"],
    # --- Work
    "sla:queue": ["rep", "rep ?tab=unclaimed", "head"],
    "sla:queue_lead": ["rep mql", "head orphan"],
    "sla:alerts": ["rep", "head"],
    "search": ["rep", "rep ?q=ada", "marketer ?q=zzzz"],
    "styleguide": ["administrator"],
    "leads:list": ["marketer", "rep ?q=nobody", "head ?state=mql"],
    "leads:create": ["marketer"],
    "leads:detail": ["rep mql", "head sql", "head out", "marketer won ?show=moves", "marketer visitor"],
    "leads:timeline": ["rep mql"],
    "leads:beside": ["head sql", "marketer won"],
    "leads:why": ["head sql", "rep mql", "marketer visitor"],
    "leads:edit": ["rep sal"],
    "leads:snooze": ["rep mql"],
    "leads:bulk_act": ["head bulk_act"],
    "leads:accounts": ["marketer", "rep"],
    "leads:account": ["marketer account", "rep account"],
    # --- Marketing
    "leads:campaigns": ["marketer"],
    "leads:campaign": ["marketer campaign"],
    "leads:near_misses": ["marketer"],
    "leads:nurture": ["marketer", "marketing_head ?tab=later"],
    "leads:nurture_mend": ["marketer"],
    "leads:register": ["marketer", "head ?q=zzzz"],
    "leads:register_add": ["marketer"],
    "leads:register_entry": ["marketing_head entry", "marketer barred"],
    "leads:imports": ["marketer"],
    "leads:import": ["head imported"],
    "leads:import_undo": ["head imported"],
    # --- Reports
    "reporting:closed_loop": ["marketer", "head ?by=channel&show=money&basis=flow"],
    "reporting:figure": ["rep ?figure=mql", "rep ?figure=ledger:delivered&by=rep"],
    "reporting:models": ["marketer"],
    "reporting:costs": ["marketer"],
    "reporting:funnel": ["marketer"],
    "leads:prediction": ["marketer", "rep"],
    "leads:definitions": ["rep", "marketing_head"],
    "leads:definitions_history": ["marketer"],
    "leads:definitions_draft": ["head", "marketer", "rep", "marketer +sent_back"],
    "leads:definitions_edit": [
        "marketer +sent_back section=mql",
        "marketer +sent_back section=profile",
        "marketer +sent_back section=segments",
        "marketer +sent_back section=scoring",
        "marketer +sent_back section=rejection",
    ],
    "leads:definition": ["rep signed", "head proposal"],
    "leads:back_test": ["marketing_head proposal", "rep proposal"],
    "leads:back_test_leads": ["head proposal ?figure=was"],
    "reporting:sla": ["head ?since=2026-01-01", "rep", "marketing_head"],
    "reporting:promised": ["head ?state=broken", "head ?state=running"],
    "sla:explain": ["rep clock"],
    "reporting:balance": ["marketer", "head ?by=week&since=2020-01-01", "rep ?by=rep&until=2020-01-01"],
    # --- Settings
    "profile": ["rep", "head"],
    "notifications": ["rep", "head"],
    "people": ["administrator", "head", "administrator ?q=zzzz"],
    "add_person": ["administrator", "head"],
    "person": ["administrator rep", "head rep", "head head"],
    "deactivate_person": ["administrator rep", "head dana"],
    "give_leads": ["head rep"],
    "aliases": ["administrator", "administrator ?state=any"],
    "alias": ["administrator alias"],
    "teams": ["administrator", "head"],
    "team": ["administrator team", "administrator empty_team"],
    "leads:own_fields": ["administrator", "head"],
    "leads:own_field": ["head own_field"],
    "organisation": ["administrator"],
    "audit_log": ["administrator", "head"],
    "sla:calendars": ["administrator"],
    "sla:calendar": ["administrator calendar", "head calendar"],
    "sla:absences": ["head", "rep"],
    "keys": ["head", "rep"],
}
# Addresses that are meant to be answered with an error, in the frame of every page.
WRONG: dict[str, tuple[str, int]] = {
    "/leads/999999/": ("rep", 404),
    "/nowhere/": ("nobody", 404),
    "/imports/": ("rep", 403),
    "/reports/closed-loop/?by=nonsense": ("rep", 400),
}


@dataclass(frozen=True)
class Visit:
    """`who` is a name of the company's people, or `NOBODY`."""

    who: str
    path: str
    status: int = 200
    after: str = ""


def visits(company: Company) -> Iterator[Visit]:
    """Every line above as an address of this company, grouped by person, so that one window serves them all.

    What a page asks to be done first is done when the walk comes to it.
    """
    found = [visit(name, words, company) for name, lines in PAGES.items() for words in lines]
    found += [Visit(who, path, status) for path, (who, status) in WRONG.items()]
    done = {""}
    for one in sorted(found, key=lambda one: (one.after, one.who)):
        if one.after not in done:
            getattr(company, one.after)()
            done.add(one.after)
        yield one


def visit(name: str, words: str, company: Company) -> Visit:
    who, *rest = words.split()
    query = rest.pop() if rest and rest[-1][0] in "?#" else ""
    after = "".join(word[1:] for word in rest if word[0] == "+")
    rest = [word for word in rest if word[0] != "+"]
    given: dict[str, Any] = dict(word.split("=", 1) for word in rest if "=" in word)
    about = [getattr(company, word).pk for word in rest if "=" not in word]
    return Visit(who, reverse(name, args=about, kwargs=given or None) + query, after=after)

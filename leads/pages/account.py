"""One company: who decides there, what happened with its people, its deals, and the campaigns that met it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import Count, Max, QuerySet, Sum
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.timezone import now
from django.views.decorators.http import require_POST, require_safe

from leads import accounts as companies
from leads import custom_fields, facts, segments
from leads.buying import MOST, Role, role_of, team_of
from leads.limits import a_domain
from leads.models import Account, Deal, Lead, Touch
from leads.pages.account_story import story_of
from leads.pages.door import visible_lead
from leads.pages.facts import past_of
from leads.pages.fields import PlainWords, own_fields
from smarketing.foundation.refusals import Refusal
from smarketing.foundation.requests import Request

SHOWN = 50
CAMPAIGNS = 12


class AccountForm(PlainWords, forms.ModelForm):
    """The facts of a company, each with what it said when the form was opened."""

    class Meta:
        model = Account
        fields = companies.FACTS

    def __init__(self, data=None, *, account: Account) -> None:
        there = {
            name: value for name, value in companies.stored(account).items() if name not in companies.FACTS
        }
        super().__init__(data, instance=account, auto_id="account-%s", initial=there)
        self.fields |= own_fields("account")
        for field in self.fields.values():
            field.show_hidden_initial = True
        self.fields["name"].widget.attrs["autofocus"] = True

    def clean_domain(self) -> str | None:
        return a_domain(self.cleaned_data["domain"] or "")

    def before(self) -> dict[str, Any]:
        """What the facts said when the form was opened."""
        return {
            name: self.fields[name].clean(
                self[name]
                .field.hidden_widget()
                .value_from_datadict(self.data, self.files, self.add_initial_prefix(name))
            )
            for name in self.fields
        }


@require_safe
def account(request: Request, pk: int) -> HttpResponse:
    return render(request, "leads/account.html", _context(request, _visible(request, pk)))


def _visible(request: Request, pk: int) -> Account:
    """The company, if this person may see anybody there; else 404."""
    found = companies.visible_to(request.user).filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


def _context(request: Request, one: Account, form: AccountForm | None = None) -> dict[str, Any]:
    moment, team = now(), team_of(one, request.user)
    people = team.people
    may_edit = companies.may_edit_with(request.user, people)
    deals = list(_deals(people))
    return {
        "account": one,
        "team": team,
        "roles": Role.choices,
        "role_keys": {lead.pk: role_of(lead.buying_role) for lead in people},
        "people": [(lead, role_of(lead.buying_role) or "") for lead in people],
        "story": story_of(people, limit=SHOWN),
        "deals": deals,
        "sums": sums_of(deals),
        "campaigns": _campaigns(people),
        "may_edit": may_edit,
        "form": form or (AccountForm(account=one) if may_edit else None),
        "is_open": form is not None,
        "moment": moment,
        "most": MOST,
        "facts": facts_of(one, segments_of(people, moment)),
        "past": past_of(account=one),
    }


def segments_of(people: list[Lead], moment: datetime) -> list[str]:
    """The segments of its people, each once, in the order of the definitions."""
    found = segments.of([lead.pk for lead in people], moment).values()
    return list(dict.fromkeys(name for names in found for name in names))


def facts_of(one: Account, groups: list[str]) -> list[tuple[str, str]]:
    """What is known of the company, and the facts that ours asks for itself, known or not."""
    plain = [
        ("Industry", one.industry),
        ("Employees", f"{one.employees:,}" if one.employees is not None else ""),
        ("Revenue band", str(one.get_revenue_band_display())),
        ("Country", one.country),
    ]
    own = custom_fields.facts_of(one.custom, custom_fields.fields("account"))
    named = [("Segments" if len(groups) > 1 else "Segment", ", ".join(groups))] if groups else []
    return [*plain, *named, *((field.label, words) for field, words in own)]


def _deals(people: list[Lead]) -> QuerySet[Deal]:
    rows = Deal.objects.filter(contact__in=people).select_related("contact")
    return rows.annotate(refunded=Sum("refunds__amount")).order_by("-id")[:SHOWN]


def sums_of(deals: list[Deal]) -> list[tuple[str, str, Any]]:
    """What is open and what was won, per currency."""
    found: dict[tuple[str, str], Any] = {}
    for deal in deals:
        if deal.amount is not None and deal.outcome != Deal.Outcome.LOST:
            key = (str(deal.outcome), deal.currency)
            found[key] = found.get(key, 0) + deal.amount
    return [(outcome, currency, amount) for (outcome, currency), amount in sorted(found.items())]


def _campaigns(people: list[Lead]) -> list[dict[str, Any]]:
    """The campaigns that met somebody there, the latest first."""
    rows = Touch.objects.filter(lead__in=people, campaign__isnull=False).order_by()
    met = rows.values("campaign", "campaign__name").annotate(
        n=Count("pk"), people=Count("lead", distinct=True), last=Max("at")
    )
    return [dict(row) for row in met.order_by("-last")[:CAMPAIGNS]]


@require_POST
def edit(request: Request, pk: int) -> HttpResponse:
    """Correct the facts of the company; an empty form or a colleague's change is said beside it."""
    one = _visible(request, pk)
    form = AccountForm(request.POST, account=_visible(request, pk))
    if not form.is_valid():
        return render(request, "leads/account.html", _context(request, one, form), status=422)
    try:
        saved = companies.correct(pk, form.cleaned_data, before=form.before(), by=request.user)
    except Refusal as refusal:
        form.add_error(None, str(refusal))
        return render(request, "leads/account.html", _context(request, one, form), status=409)
    messages.success(request, f"{saved} is saved.")
    return redirect(saved)


@require_POST
def set_role(request: Request, pk: int) -> HttpResponse:
    """Say what part one of its people has in the decision."""
    one = _visible(request, pk)
    number = request.POST.get("lead", "")
    known = number.isascii() and number.isdecimal() and len(number) < 19
    lead = visible_lead(request, int(number)) if known else None
    if lead is None or lead.account_id != one.pk:
        raise Http404
    role = request.POST.get("role", "")
    words = str(Role(role).label) if role in Role.values else ""
    facts.correct(lead.pk, {"buying_role": (lead.buying_role, words)}, version=lead.version, by=request.user)
    messages.success(request, f"{lead.name}: {words.lower() or 'no role'}.")
    return redirect(one)

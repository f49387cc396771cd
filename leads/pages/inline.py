"""One fact of a lead, edited where it is read. Without script its link leads to the page of all facts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from leads import access, custom_fields, facts
from leads.models import FactChange, Lead
from leads.pages.adding import told_of
from leads.pages.answers import CHANGED, done, with_news
from leads.pages.door import visible_lead
from leads.pages.facts import FactsForm, past_of, reopened
from smarketing.foundation.refusals import Refusal
from smarketing.foundation.requests import Request

PAST = 3  # earlier changes that are told beside the form
LABELS = {
    "email": "E-mail",
    "phone": "Phone",
    "first_name": "First name",
    "last_name": "Last name",
    "company": "Company",
    "job_title": "Title",
    "buying_role": "Buying role",
    "country": "Country",
    "consent": "Consent",
}
SHOWN = ("email", "phone", "company", "job_title", "buying_role", "country", "consent")


@dataclass(frozen=True)
class Fact:
    """One line of the card: `name` as corrections have it, `words` as a page says it."""

    name: str
    label: str
    words: str


def facts_of(lead: Lead, *, may_edit: bool) -> list[Fact]:
    """What is known; whoever may fill in the rest sees what is not. Ways to reach somebody are always told."""
    found = [_plain(lead, name) for name in SHOWN]
    found += [
        Fact(f"{facts.OWN}{field.key}", field.label, words)
        for field, words in custom_fields.facts_of(lead.custom, custom_fields.fields("lead"))
    ]
    always = ("email", "phone", "consent")
    return [fact for fact in found if may_edit or fact.words or fact.name in always]


def _plain(lead: Lead, name: str) -> Fact:
    if name == "company":
        return Fact(name, LABELS[name], str(lead.account or ""))
    value = lead.get_consent_display() if name == "consent" else getattr(lead, name)
    return Fact(name, LABELS[name], str(value))


def _fact(lead: Lead, name: str) -> Fact:
    if name in LABELS:
        return _plain(lead, name)
    field = custom_fields.by_key("lead").get(name.removeprefix(facts.OWN))
    if not name.startswith(facts.OWN) or field is None:
        raise Http404
    return Fact(name, field.label, custom_fields.shown(field, lead.custom.get(field.key)))


@require_http_methods(["GET", "HEAD", "POST"])
def fact(request: Request, pk: int, name: str) -> HttpResponse:
    """The form of one fact in place of its words; `?shown` the words again."""
    lead = visible_lead(request, pk)
    one = _fact(lead, name)
    if "shown" in request.GET and request.htmx:
        return _words(request, lead, one)
    facts.ensure_may_edit(request.user, lead)
    if not request.htmx and request.method != "POST":
        return redirect(f"{reverse('leads:edit', args=[pk])}#id_{name}")
    form = FactsForm(request.POST if request.method == "POST" else None, lead=lead, only=name)
    if request.method != "POST":
        return _form(request, lead, one, form)
    if not form.is_valid():
        return _form(request, lead, one, form, status=422)
    return _save(request, lead, one, form)


def _save(request: Request, lead: Lead, one: Fact, form: FactsForm) -> HttpResponse:
    version = form.cleaned_data["version"]
    try:
        saved = facts.correct(lead.pk, form.changes(), version=version, by=request.user)
    except facts.ChangedMeanwhile as conflict:
        return _form(request, conflict.lead, one, reopened(form, conflict), status=422)
    except Refusal as refusal:
        return _form(request, lead, one, form, status=422, **told_of(request, refusal))
    if not request.htmx:
        return redirect(saved)
    answer = _words(request, saved, _fact(saved, one.name), is_new=True)
    if saved.version == lead.version:
        return answer
    change = FactChange.objects.filter(lead=saved, field=one.name, by=request.user).order_by("-id").first()
    undo = reverse("leads:undo_fact", args=[change.pk]) if change else ""
    news: dict[str, Any] = {CHANGED: {"lead": saved.pk}}
    return with_news(answer, news | {"toast": {"text": f"{one.label} is saved.", "undo": undo}})


def _words(request: Request, lead: Lead, one: Fact, *, is_new: bool = False) -> HttpResponse:
    may_edit = access.may_edit_facts(request.user, lead)
    context = {"lead": lead, "fact": one, "may_edit": may_edit, "is_new": is_new}
    return render(request, "leads/_fact.html", context)


def _form(
    request: Request, lead: Lead, one: Fact, form: FactsForm, *, status: int = 200, **more: Any
) -> HttpResponse:
    past = past_of(lead=lead, field=one.name)[:PAST]
    context = {"lead": lead, "fact": one, "field": form[one.name], "form": form, "past": past, **more}
    return render(request, "leads/_fact_form.html", context, status=status)


@require_POST
def undo_fact(request: Request, pk: int) -> HttpResponse:
    """Take back one's own correction of one fact, while nobody has changed it again."""
    change = FactChange.objects.filter(pk=pk, by=request.user, lead__isnull=False).first()
    if change is None or change.lead_id is None:
        raise Http404
    lead = visible_lead(request, change.lead_id)
    before = facts.stored(lead).get(change.field, "")
    if before != change.after:
        raise Refusal(f"This was changed again since. Look at {lead.name} as it is now.")
    typed = {change.field: (before, change.before)}
    saved = facts.correct(lead.pk, typed, version=lead.version, by=request.user)
    return done(request, saved, "Taken back.", event=CHANGED)

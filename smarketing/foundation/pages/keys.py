"""Settings, API keys: made and shown once, listed, revoked."""

from __future__ import annotations

from datetime import datetime

from allauth.account.decorators import reauthentication_required
from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.timezone import now
from django.views.decorators.http import require_http_methods, require_POST

from smarketing.foundation.api.keys import LIFETIMES, issue
from smarketing.foundation.api.keys import revoke as end
from smarketing.foundation.models import ApiKey
from smarketing.foundation.requests import Request

SHOWN = 200


class KeyForm(forms.Form):
    name = forms.CharField(
        label="What is it for?",
        max_length=80,
        help_text="Such as “Web site form”.",
        error_messages={
            "required": "Name what the key is for, so that somebody knows later whether it may go.",
            "max_length": "“What is it for?” has room for 80 characters. Shorten it.",
            "null_characters_not_allowed": "“What is it for?” has a character that cannot be kept. Type it anew.",
        },
    )
    scopes = forms.MultipleChoiceField(
        label="What may it do?",
        choices=ApiKey.Scope.choices,
        widget=forms.CheckboxSelectMultiple,
        help_text="Within what you may do yourself.",
        error_messages={
            "required": "Choose at least one thing that the key may do.",
            "invalid_choice": "“What may it do?” has no such choice (any more). Choose from its list.",
        },
    )
    days = forms.TypedChoiceField(
        label="How long is it good for?",
        choices=list(LIFETIMES.items()),
        initial=90,
        coerce=int,
        error_messages={
            "required": "Choose how long the key is good for.",
            "invalid_choice": "“How long is it good for?” has no such choice. Choose one from its list.",
        },
    )


@require_http_methods(["GET", "HEAD", "POST"])
@reauthentication_required(allow_get=True)
def keys(request: Request) -> HttpResponse:
    form = KeyForm(request.POST if request.method == "POST" else None)
    token = ""
    if request.method == "POST" and form.is_valid():
        _, token = issue(person=request.user, **form.cleaned_data)
        form = KeyForm()
    moment = now()
    rows = ApiKey.objects.visible_to(request.user).select_related("person", "revoked_by")
    context = {
        "form": form,
        "token": token,
        "rows": [(key, standing(key, moment)) for key in rows.order_by("revoked_at", "-id")[:SHOWN]],
        "of_others": request.user.may("people.manage_team"),
    }
    return render(request, "settings/keys.html", context, status=422 if form.errors else 200)


@require_POST
def revoke(request: Request, pk: int) -> HttpResponse:
    key = ApiKey.objects.visible_to(request.user).filter(pk=pk).first()
    if key is None:
        raise Http404
    end(key.pk, by=request.user)
    messages.success(request, f"The key “{key.name}” opens nothing any more.")
    return redirect("keys")


def standing(key: ApiKey, moment: datetime) -> str:
    """In a word, why a key does not open anything; nothing where it does."""
    if key.revoked_at is not None:
        return "revoked"
    if key.expires_at <= moment:
        return "expired"
    return "" if key.person.is_active else "its person left"

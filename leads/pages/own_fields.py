"""Settings: the facts that this company asks for of leads and of companies."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from leads import field_settings
from leads.custom_fields import MOST_FIELDS, name_of
from leads.models import CustomField
from leads.pages.fields import PlainWords
from smarketing.foundation.permissions import requires
from smarketing.foundation.refusals import Refusal
from smarketing.foundation.requests import Request

ENTITIES = (
    (CustomField.Entity.LEAD, "Leads", "What this company asks of a person"),
    (CustomField.Entity.ACCOUNT, "Companies", "What this company asks of an account"),
)


class FieldForm(PlainWords, forms.ModelForm):
    """One field: what it is called and what may stand there."""

    choices = forms.CharField(
        widget=forms.Textarea(attrs={"rows": 4}),
        required=False,
        help_text="One a line, in the order of the list.",
        label="Choices",
        max_length=10_000,
    )

    class Meta:
        model = CustomField
        fields = ("entity", "label", "kind", "choices", "help")
        labels = {"entity": "Of", "help": "Help", "label": "Name"}
        help_texts = {"help": "One sentence beside the field, where its name does not say enough."}

    def __init__(self, data=None, *, instance: CustomField | None = None, kind_stays: bool = False) -> None:
        super().__init__(data, instance=instance, auto_id="field-%s")
        self.is_new = instance is None
        for name in ("entity", "kind"):
            self.fields[name].choices = [one for one in self.fields[name].choices if one[0]]
        if instance is not None:
            self.initial["choices"] = "\n".join(instance.choices)
            del self.fields["entity"]
        if kind_stays:
            self.fields["kind"].disabled = True
            self.fields["kind"].help_text = "It stays, as there are values already."
        self.fields["label"].widget.attrs["autofocus"] = True

    def clean_choices(self) -> list[str]:
        try:
            return field_settings.read_choices(self.cleaned_data["choices"])
        except Refusal as refusal:
            raise forms.ValidationError(str(refusal)) from None

    def save_by(self, user, instance: CustomField | None) -> CustomField | None:
        """Written, or None where it is refused and the form says why."""
        given = {name: self.cleaned_data[name] for name in ("label", "kind", "choices", "help")}
        try:
            if instance is None:
                return field_settings.add(by=user, entity=self.cleaned_data["entity"], **given)
            return field_settings.change(instance, by=user, **given)
        except Refusal as refusal:
            self.add_error(None, str(refusal))
            return None

    def _post_clean(self) -> None:
        """What a field may be is decided by `field_settings`, in sentences of its own."""


@requires("fields.write")
@require_http_methods(["GET", "HEAD", "POST"])
def own_fields(request: Request) -> HttpResponse:
    """All of them; posting adds one."""
    form = FieldForm(request.POST if request.method == "POST" else None)
    if request.method != "POST":
        return render(request, "settings/fields.html", _overview(form))
    made = form.save_by(request.user, None) if form.is_valid() else None
    if made is None:
        return render(request, "settings/fields.html", _overview(form), status=422)
    messages.success(
        request, f"“{made}” is asked for from now on. Files and programs call it {name_of(made)}."
    )
    return redirect("leads:own_fields")


@requires("fields.write")
@require_http_methods(["GET", "HEAD", "POST"])
def own_field(request: Request, pk: int) -> HttpResponse:
    one = get_object_or_404(CustomField, pk=pk)
    label, used = one.label, field_settings.has_values(one)
    form = FieldForm(request.POST if request.method == "POST" else None, instance=one, kind_stays=used)
    status = 200
    if request.method == "POST":
        saved = form.save_by(request.user, one) if form.is_valid() else None
        if saved is not None:
            messages.success(request, f"“{saved}” is saved.")
            return redirect("leads:own_fields")
        status = 422
    context = {"form": form, "field": one, "label": label, "name": name_of(one), "used": used}
    return render(request, "settings/field.html", context, status=status)


@requires("fields.write")
@require_POST
def move_field(request: Request, pk: int) -> HttpResponse:
    field_settings.move_up(get_object_or_404(CustomField, pk=pk), by=request.user)
    return redirect("leads:own_fields")


@requires("fields.write")
@require_POST
def archive_field(request: Request, pk: int) -> HttpResponse:
    gone = field_settings.archive(get_object_or_404(CustomField, pk=pk), by=request.user)
    undo_url = reverse("leads:restore_field", args=[gone.pk])
    sentence = f"“{gone}” is archived. Its values are kept."
    said = render_to_string("leads/_message.html", {"sentence": sentence, "undo_url": undo_url}, request)
    messages.success(request, said)
    return redirect("leads:own_fields")


@requires("fields.write")
@require_POST
def restore_field(request: Request, pk: int) -> HttpResponse:
    back = field_settings.restore(get_object_or_404(CustomField, pk=pk), by=request.user)
    messages.success(request, f"“{back}” is asked for again.")
    return redirect("leads:own_fields")


def _overview(form: FieldForm) -> dict[str, Any]:
    rows = list(CustomField.objects.order_by("entity", "position", "id").select_related("created_by"))
    entities = [
        {
            "title": title,
            "sub": sub,
            "rows": [(row, name_of(row)) for row in rows if row.entity == entity and row.archived_at is None],
        }
        for entity, title, sub in ENTITIES
    ]
    archived = [row for row in rows if row.archived_at is not None]
    return {"form": form, "entities": entities, "archived": archived, "most": MOST_FIELDS}

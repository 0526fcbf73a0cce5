"""Settings: the fields that the organisation makes up for its customers."""

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from crm.problems import Invalid
from customers import customfields
from customers.models import CustomField
from staff.access import allowed


class FieldForm(forms.Form):
    """A new field, or (kind fixed) a change of one."""

    label = forms.CharField(label=gettext_lazy("Name"), max_length=80)
    kind = forms.ChoiceField(label=gettext_lazy("Kind"), choices=CustomField.Kind.choices)
    choices = forms.CharField(
        label=gettext_lazy("Choices"),
        required=False,
        widget=forms.Textarea({"rows": 4}),
        help_text=gettext_lazy("One a line; for the kind “Choice”"),
    )

    def __init__(self, *args, field: CustomField | None = None, **kwargs):
        super().__init__(*args, **kwargs)
        if field is not None:
            del self.fields["kind"]
            if field.kind != CustomField.Kind.CHOICE:
                del self.fields["choices"]

    def lines(self) -> list[str]:
        return self.cleaned_data.get("choices", "").splitlines()

    def take_back(self, trouble: Invalid) -> None:
        """Tie what the deed refused to its field."""
        for name, words in trouble.details.get("fields", {"": str(trouble)}).items():
            self.add_error(name if name in self.fields else None, str(words))


@require_safe
@allowed("customers.fields")
def index(request: HttpRequest) -> HttpResponse:
    fields = list(CustomField.objects.order_by("position", "pk"))
    context = {
        "fields": [one for one in fields if not one.is_retired],
        "retired": [one for one in fields if one.is_retired],
    }
    return render(request, "customers/fields.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@allowed("customers.fields")
def new(request: HttpRequest) -> HttpResponse:
    form = FieldForm(request.POST or None)
    if form.is_valid():
        said = form.cleaned_data
        try:
            customfields.define(label=said["label"], kind=said["kind"], choices=form.lines())
        except Invalid as trouble:
            form.take_back(trouble)
        else:
            messages.success(request, _("Added. It is on every customer now."))
            return redirect("customers:fields")
    return render(request, "customers/field.html", {"form": form, "field": None}, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@allowed("customers.fields")
def edit(request: HttpRequest, field_id: int) -> HttpResponse:
    field = get_object_or_404(CustomField, pk=field_id)
    initial = {"label": field.label, "choices": "\n".join(field.choices)}
    form = FieldForm(request.POST or None, field=field, initial=initial)
    if form.is_valid():
        try:
            customfields.change(field, label=form.cleaned_data["label"], choices=form.lines() or None)
        except Invalid as trouble:
            form.take_back(trouble)
        else:
            messages.success(request, _("Saved."))
            return redirect("customers:fields")
    return render(request, "customers/field.html", {"form": form, "field": field}, status=422 if form.errors else 200)


@require_POST
@allowed("customers.fields")
def retirement(request: HttpRequest, field_id: int) -> HttpResponse:
    """Hide a field, or bring it back: its values stay."""
    field = get_object_or_404(CustomField, pk=field_id)
    (customfields.restore if field.is_retired else customfields.retire)(field)
    return redirect("customers:fields")


@require_POST
@allowed("customers.fields")
def place(request: HttpRequest, field_id: int) -> HttpResponse:
    """Move a field one place up or down among those in use."""
    step = {"up": -1, "down": 1}.get(request.POST.get("to", ""), 0)
    with transaction.atomic():
        fields = list(CustomField.objects.select_for_update().filter(is_retired=False).order_by("position", "pk"))
        here = next((n for n, one in enumerate(fields) if one.pk == field_id), None)
        if here is None:
            raise Http404
        if 0 <= here + step < len(fields):
            fields.insert(here + step, fields.pop(here))
            for position, one in enumerate(fields, 1):
                one.position = position
            CustomField.objects.bulk_update(fields, ["position"])
    return redirect("customers:fields")

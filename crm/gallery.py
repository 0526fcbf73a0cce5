"""Every component in every state on one page, for eyes and for browser tests; never in production."""

from datetime import timedelta

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from crm import marks
from crm.access import open_to_all


class SampleForm(forms.Form):
    """One field of each kind, two of them wrong."""

    company = forms.CharField(label="Company", initial="Locanda del Glicine")
    email = forms.EmailField(label="E-mail")
    mobile = forms.CharField(label="Mobile", help_text="With the country code", required=False)
    keeper = forms.ChoiceField(label="Keeper", choices=[("1", "Chiara Moretti"), ("2", "Davide Ferrante")])
    since = forms.DateField(label="Since", required=False, widget=forms.DateInput(attrs={"type": "date"}))
    note = forms.CharField(label="Note", required=False, widget=forms.Textarea(attrs={"rows": 2}))
    call_back = forms.BooleanField(label="Call back", required=False, initial=True)
    languages = forms.MultipleChoiceField(
        label="Languages",
        choices=[("it", "Italiano"), ("en", "English")],
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )


@require_safe
@open_to_all("Only pictures of components, and never in production.")
def gallery(request: HttpRequest) -> HttpResponse:
    """Show the components, inside the shell for a colleague and without it for a stranger."""
    sent = {"company": "Locanda del Glicine", "email": "mg.castelnuovo@locanda", "keeper": "1", "languages": ["it"]}
    now = timezone.now()
    moments = {
        "now": now,
        "ago": now - timedelta(days=9),
        "late": now - timedelta(days=2),
        "soon": now.replace(hour=18, minute=0),
        "later": now + timedelta(days=5),
    }
    return render(request, "gallery/page.html", {"form": SampleForm(sent), "marks": marks.every(), **moments})

"""Lists of choices are drawn without templates, and say the same as Django's own."""

import re

from django import forms
from django.forms.renderers import DjangoTemplates

from crm.widgets import Renderer

CHOICES = [("", "—"), ("IT", "Italy"), ("<b>", 'Bed & "breakfast"'), ("Iberia", [("ES", "Spain"), ("PT", "Portugal")])]


class Form(forms.Form):
    country = forms.ChoiceField(
        choices=CHOICES, required=False, widget=forms.Select(attrs={"class": "select", "x": "<"})
    )
    languages = forms.MultipleChoiceField(choices=CHOICES, disabled=True, initial=["ES", "<b>"])


def drawn(renderer):
    form = Form({"country": "PT"} if renderer else None, renderer=renderer)
    return [re.sub(r"\s+", " ", re.sub(r">\s+", ">", re.sub(r"\s+<", "<", str(form[name])))) for name in form.fields]


def test_a_list_of_choices_says_what_django_says():
    ours, django = drawn(Renderer()), drawn(DjangoTemplates())
    assert 'value="&lt;b&gt;"' in ours[0] and "<optgroup" in ours[0] and "selected" in ours[0]
    for mine, theirs in zip(ours, django, strict=True):
        assert mine.replace(" >", ">") == theirs.replace(" >", ">")

from django import forms
from django.utils.translation import gettext_lazy as _

from campaigns.models import Campaign
from customers.models import Purpose
from insights import segments

MARKETING_PURPOSES = [(Purpose.OFFERS, Purpose.OFFERS.label), (Purpose.SURVEYS, Purpose.SURVEYS.label)]


class NewCampaignForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=150, help_text=_("Only your colleagues read it."))
    segment = forms.ModelChoiceField(label=_("To whom"), queryset=None, required=False, empty_label=_("Choose later"))

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["segment"].queryset = segments.active()


class CampaignForm(forms.ModelForm):
    """What a draft is; its words are read apart, a subject and a body per language."""

    purpose = forms.ChoiceField(label=_("Purpose"), choices=MARKETING_PURPOSES)
    planned_at = forms.DateTimeField(
        label=_("Start by itself at"),
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        help_text=_("Empty: when you press the button."),
    )

    class Meta:
        model = Campaign
        fields = ["name", "segment", "purpose", "sender_name"]
        labels = {"name": _("Name"), "segment": _("Segment"), "sender_name": _("From")}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        plan = self.instance.planned_at if self.instance.status == Campaign.Status.PLANNED else None
        self.initial["planned_at"] = plan  # no field of the model's: drafting.plan writes it
        self.fields["segment"].queryset = segments.active()
        self.fields["segment"].required = False
        self.fields["segment"].empty_label = _("Choose a segment")

from django import forms
from django.utils.translation import gettext_lazy as _

from campaigns import drafting
from campaigns.models import Campaign
from customers import channels
from customers.models import Purpose
from insights import segments

MARKETING_PURPOSES = [(Purpose.OFFERS, Purpose.OFFERS.label), (Purpose.SURVEYS, Purpose.SURVEYS.label)]


def choose_channel(form: forms.Form | forms.ModelForm, known: str = "") -> None:
    """Let `form` ask for the channel where several are set up, `known` among them: one alone is not asked."""
    choices = [(one.key, one.label) for one in drafting.offered()]
    if known and known not in dict(choices):
        choices.append((known, channels.of(known) or known))
    if len(choices) < 2:
        del form.fields["channel"]
    else:
        form.fields["channel"].choices = choices


class NewCampaignForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=150, help_text=_("Only your colleagues read it."))
    channel = forms.ChoiceField(label=_("Channel"))
    segment = forms.ModelChoiceField(label=_("To whom"), queryset=None, required=False, empty_label=_("Choose later"))

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["segment"].queryset = segments.active()
        choose_channel(self)


class CampaignForm(forms.ModelForm):
    """What a draft is; its words are read apart, a subject and a body per language."""

    channel = forms.ChoiceField(label=_("Channel"))
    purpose = forms.ChoiceField(label=_("Purpose"), choices=MARKETING_PURPOSES)
    planned_at = forms.DateTimeField(
        label=_("Start by itself at"),
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        help_text=_("Empty: when you press the button."),
    )

    class Meta:
        model = Campaign
        fields = ["name", "channel", "segment", "purpose", "sender_name"]
        labels = {"name": _("Name"), "segment": _("Segment"), "sender_name": _("From")}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        plan = self.instance.planned_at if self.instance.status == Campaign.Status.PLANNED else None
        self.initial["planned_at"] = plan  # no field of the model's: drafting.plan writes it
        self.fields["segment"].queryset = segments.active()
        self.fields["segment"].required = False
        self.fields["segment"].empty_label = _("Choose a segment")
        choose_channel(self, self.instance.channel)
        if not drafting.has_subject(self.instance):  # nor a name of a sender: it comes from a number, or a word
            del self.fields["sender_name"]

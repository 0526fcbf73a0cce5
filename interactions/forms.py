"""Shapes of what people send to this room's pages. Rules belong to the deeds."""

from datetime import date, datetime, time, timedelta

from django import forms
from django.utils.timezone import now
from django.utils.translation import gettext_lazy as _

from crm import days
from crm.words import Words
from customers import channels
from customers.models import Customer
from interactions import composer, outcomes
from interactions.composer import Written
from interactions.models import Task
from staff.models import User


class DueForm(forms.Form):
    """A day and perhaps a time, as the browser's own fields send them."""

    day = forms.DateField(label=_("Day"))
    clock = forms.TimeField(label=_("Time"), required=False)

    def due(self) -> date | datetime:
        """Return the day; with a time, the moment on the clock of whoever wrote it."""
        day, clock = self.cleaned_data["day"], self.cleaned_data["clock"]
        return days.shown_at(day, clock) if clock else day

    def clean(self):
        said = super().clean()
        if (day := said.get("day")) and day < (days.shown_on(now()) if said.get("clock") else days.today()):
            self.add_error("day", _("This day is over. Choose today or later."))
        return said


class MoveForm(DueForm):
    why = forms.CharField(label=_("Why"), required=False, max_length=300)


def how() -> list[tuple[str, Words]]:
    """Return the channels on which a promise may be kept: not a note, which only we see."""
    return [("", _("not said")), *((one.key, one.label) for one in channels.every() if not one.is_inside)]


class NewPromiseForm(DueForm):
    """A promise by itself: what, to whom (nobody: a task of one's own), by when, who keeps it."""

    what = forms.CharField(max_length=300)
    who = forms.CharField(required=False)  # what was written to find the customer
    customer = forms.ModelChoiceField(queryset=Customer.objects.none(), required=False)
    owner = forms.ModelChoiceField(queryset=User.objects.none())
    channel = forms.ChoiceField(choices=how, required=False)

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["customer"].queryset = Customer.objects.visible_to(user)
        self.fields["owner"].queryset = User.objects.who_may(Task.RIGHT)

    def clean(self):
        said = super().clean()
        if said.get("who") and not said.get("customer") and "customer" not in self.errors:
            self.add_error("customer", _("Nobody is chosen. Choose one, or leave it empty for a task of your own."))
        return said


class ColleagueForm(forms.Form):
    """To whom something is handed; `among`: those whom the page offered."""

    to = forms.ModelChoiceField(queryset=User.objects.none(), label=_("To"))

    def __init__(self, *args, among, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["to"].queryset = among


class LogForm(forms.Form):
    """The composer: sent or logged, on which channel, the words, and a promise made beside them."""

    kind = forms.ChoiceField(choices=[(composer.SEND, ""), (composer.LOG, "")])
    channel = forms.ChoiceField(choices=channels.choices)
    words = forms.CharField(required=False, max_length=100_000)
    subject = forms.CharField(required=False, max_length=250)
    shown_to = forms.CharField(required=False, max_length=320)  # what the composer showed; it decides nothing
    heard = forms.CharField(required=False, max_length=40)  # up to where the page showed what they said
    instead_of = forms.IntegerField(required=False, min_value=1)  # a message that failed and is written anew
    direction = forms.ChoiceField(choices=[("out", ""), ("in", "")], required=False)
    promise = forms.CharField(required=False, max_length=300)
    promise_day = forms.DateField(required=False)
    then = forms.CharField(required=False)

    def clean_words(self) -> str:
        """Each line ends as it does in the field where it was written and counted, not as forms carry it."""
        return self.cleaned_data["words"].replace("\r\n", "\n")

    def written(self) -> Written:
        said = self.cleaned_data
        names = ("kind", "channel", "words", "subject", "shown_to", "heard", "direction")
        return Written(**{name: said[name] for name in names}, promise=self._promised())

    def _promised(self) -> tuple[str, date] | None:
        """Return what is promised and for which day, None if nothing is; it is tomorrow if not said."""
        what = self.cleaned_data["promise"].strip()
        return (what, self.cleaned_data["promise_day"] or days.today() + timedelta(days=1)) if what else None


class FinishForm(forms.Form):
    """How a call ended, what is promised, and when we call back."""

    outcome = forms.ChoiceField(choices=[(one.key, one.label) for one in outcomes.OUTCOMES])
    notes = forms.CharField(required=False, max_length=100_000)
    promise = forms.CharField(required=False, max_length=300)
    promise_day = forms.DateField(required=False)
    owner = forms.ModelChoiceField(queryset=User.objects.none(), required=False)
    call_back = forms.DateTimeField(required=False, input_formats=["%Y-%m-%dT%H:%M"])

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["owner"].queryset = User.objects.who_may(Task.RIGHT)


def call_back_times() -> list[datetime]:
    """Return moments to suggest for a call back: later today, tomorrow morning and afternoon, in a week."""
    here = now().astimezone(days.shown_in())
    tomorrow = here.date() + timedelta(days=1)
    later = (here + timedelta(hours=2)).replace(minute=0, second=0, microsecond=0)
    usual = [(tomorrow, time(10, 0)), (tomorrow, time(15, 0)), (tomorrow + timedelta(days=6), time(10, 0))]
    return [later] * (8 <= later.hour <= 18) + [days.shown_at(day, clock) for day, clock in usual]

"""What a customer allows: the grid, one cell of it to change, and the proof of every word."""

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from crm.http import is_fragment, toast
from customers import allowing, channels, consenting, wordings
from customers.models import Consent, ContactPoint, Customer, Purpose
from customers.views.seen import seen
from staff.access import allowed

SOURCE = "customer page"
LEDGER_SHOWN = 200  # rows; nobody has more than a few
HOW = [
    ("phone", gettext_lazy("On the phone")),
    ("person", gettext_lazy("In person")),
    ("writing", gettext_lazy("In a letter or mail")),
    ("form", gettext_lazy("On a signed form")),
]


class ConsentForm(forms.Form):
    """One answer, for all of a channel or for one address of it, and how we know.

    refused: the addresses that are refused alone: a yes for all of the channel leaves them as they are.
    """

    answer = forms.ChoiceField(choices=[("yes", "yes"), ("no", "no")])
    point = forms.ModelChoiceField(
        label=gettext_lazy("For"),
        queryset=ContactPoint.objects.none(),
        required=False,
        empty_label=gettext_lazy("all of it"),
    )
    how = forms.ChoiceField(label=gettext_lazy("How did they say it?"), choices=HOW)
    proof = forms.CharField(
        label=gettext_lazy("Their words, or where the form is kept"), max_length=500, required=False
    )

    def __init__(self, *args, points, refused, **kwargs):
        super().__init__(*args, auto_id="consent-%s", **kwargs)
        self.fields["point"].queryset = points
        self.asks_where = bool(refused) or len(points) > 1
        if refused:
            words = _("Refused by itself, and so it stays with a yes for all of it: %(addresses)s")
            self.fields["point"].help_text = words % {"addresses": ", ".join(map(str, refused))}

    def said(self) -> str:
        """Return the proof as it is kept: how, and in which words."""
        how = str(dict(HOW)[self.cleaned_data["how"]])
        return f"{how}: {self.cleaned_data['proof']}" if self.cleaned_data["proof"] else how


def panel(request: HttpRequest, customer: Customer) -> str:
    """Draw the grid; its cells lead to their form for those who may change them."""
    last = Consent.objects.filter(customer=customer).select_related("by").order_by("-at", "-id").first()
    context = {
        "customer": customer,
        "title": wordings.what_they_allow(customer),
        "purposes": Purpose.choices,
        "rows": allowing.grid(customer),
        "last": last,
    }
    return render_to_string("customers/_consents.html", context, request)


@require_http_methods(["GET", "HEAD", "POST"])
@allowed("customers.consent")
def cell(request: HttpRequest, customer_id: int, channel: str, purpose: str) -> HttpResponse:
    """Ask what a customer said about one purpose on one channel, and write it down."""
    if not channels.named(channel).asks_consent or purpose not in Purpose.values:
        raise Http404
    customer = seen(request, customer_id)
    points = customer.contact_points.taking(channels.named(channel)).order_by("pk")
    no = customer.consent_states.filter(purpose=purpose, channel=channel, is_given=False)
    refused = list(points.filter(pk__in=no.values("contact_point")))
    form = ConsentForm(request.POST or None, points=points, refused=refused)
    if not form.is_valid():
        context = {"customer": customer, "form": form, "channel": channel, "purpose": purpose}
        context |= {"words": (channels.named(channel).mid_sentence, Purpose(purpose).label)}
        name = "customers/_consent_dialog.html" if is_fragment(request) else "customers/consent.html"
        response = render(request, name, context, status=422 if form.errors else 200)
        response["HX-Retarget"], response["HX-Reswap"] = "#consent-form", "innerHTML"
        return response
    deed = consenting.give if form.cleaned_data["answer"] == "yes" else consenting.withdraw
    deed(customer, purpose, channel, form.cleaned_data["point"], source=SOURCE, proof=form.said(), by=request.user)
    if is_fragment(request):
        return toast(HttpResponse(panel(request, customer)), _("Written down, with its proof."))
    messages.success(request, _("Written down, with its proof."))
    return redirect("customers:page", customer.pk)


@require_safe
@allowed("customers.consent")
def ledger(request: HttpRequest, customer_id: int) -> HttpResponse:
    """Show every yes and no of a customer, newest first, each with its proof."""
    customer = seen(request, customer_id)
    rows = Consent.objects.filter(customer=customer).select_related("by", "contact_point").order_by("-at", "-id")
    context = {"customer": customer, "rows": rows[:LEDGER_SHOWN], "channel": channels.named}
    return render(request, "customers/consents.html", context)

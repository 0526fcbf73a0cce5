"""What a customer allows. Written only by customers/consenting.py."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from crm.joins import MOVES, REMADE
from customers.models.contact_point import ContactPoint
from customers.models.customer import Customer


class Purpose(models.TextChoices):
    SERVICE = "service", _("Service")  # allowed unless refused
    OFFERS = "offers", _("Offers")
    SURVEYS = "surveys", _("Surveys")


class Basis(models.TextChoices):
    CONSENT = "consent", _("Consent")
    EXISTING_CUSTOMER = "existing_customer", _("Existing customer")
    CONTRACT = "contract", _("Contract")
    LEGITIMATE_INTEREST = "legitimate_interest", _("Legitimate interest")


class Consent(models.Model):
    """One yes or no of a customer, never changed afterwards: the ledger and its proof."""

    # The ledger keeps every word; of a folded point the address is written on the row, its pointer would be lost.
    joins = {"customer": MOVES, "contact_point": MOVES}

    customer = models.ForeignKey(  # consent_of_customer is its index
        Customer, on_delete=models.CASCADE, related_name="consents", db_index=False
    )
    purpose = models.CharField(max_length=20, choices=Purpose.choices)
    channel = models.CharField(max_length=20)  # one of customers.channels
    contact_point = models.ForeignKey(ContactPoint, null=True, on_delete=models.SET_NULL, related_name="+")  # None: all
    is_given = models.BooleanField()
    basis = models.CharField(max_length=20, choices=Basis.choices, default=Basis.CONSENT)
    proof = models.TextField(blank=True, default="")  # words, form, address of the page
    source = models.CharField(max_length=60)  # "customer page", "import 12", "preference page", "unsubscribe"
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["customer", "-at", "-id"], name="consent_of_customer")]

    def __str__(self) -> str:
        return f"{self.purpose} by {self.channel}: {'yes' if self.is_given else 'no'}"


class ConsentState(models.Model):
    """The present state: the last word for one customer, purpose, channel and point (None: all of the channel)."""

    joins = {"customer": REMADE, "contact_point": REMADE}  # the stricter word of the two

    customer = models.ForeignKey(  # one_consent_state is its index
        Customer, on_delete=models.CASCADE, related_name="consent_states", db_index=False
    )
    purpose = models.CharField(max_length=20, choices=Purpose.choices)
    channel = models.CharField(max_length=20)
    contact_point = models.ForeignKey(ContactPoint, null=True, on_delete=models.CASCADE, related_name="consent_states")
    is_given = models.BooleanField()
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["customer", "purpose", "channel", "contact_point"],
                nulls_distinct=False,
                name="one_consent_state",
            )
        ]

    def __str__(self) -> str:
        return f"{self.purpose} by {self.channel}: {'yes' if self.is_given else 'no'}"

"""Whom we deal with: persons, companies, households, and which of them buys."""

from django.conf import settings
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from crm.folding import Folded
from crm.joins import FOLDS, REFUSES


class CustomerQuerySet(models.QuerySet["Customer"]):
    def visible_to(self, user) -> "CustomerQuerySet":
        """Those whom this colleague may see: own, the team's, those that a ring or mail opened to them, or all."""
        scope = user.scope("customers")
        if scope == "all":
            return self
        if scope == "none":
            return self.none()
        mine = Q(keeper=user) | Q(Exists(Opening.objects.filter(customer=OuterRef("pk"), user=user)))
        if scope == "team" and user.team_id:
            mine |= Q(team_id=user.team_id)
        return self.filter(mine)

    def speaking(self, language: str) -> "CustomerQuerySet":
        """Those of a language and of its variants: pt holds for pt-BR, as in segments, not the reverse."""
        return self.filter(Q(language=language) | Q(language__startswith=f"{language}-"))

    def accounts(self) -> "CustomerQuerySet":
        """Those who buy: companies, households, persons alone."""
        return self.filter(account=F("pk"))


class Customer(models.Model):
    """A person, company or household. `account` is who buys for them; a lone person's is themselves."""

    joins = {"account": REFUSES}  # a person and the account that buys for them are two

    class Kind(models.TextChoices):
        PERSON = "person", _("Person")
        COMPANY = "company", _("Company")
        HOUSEHOLD = "household", _("Household")

    kind = models.CharField(max_length=10, choices=Kind.choices, default=Kind.PERSON)
    name = models.CharField(_("name"), max_length=200)  # as its owner writes it
    first_name = models.CharField(_("first name"), max_length=100, blank=True, default="")
    last_name = models.CharField(_("last name"), max_length=100, blank=True, default="")
    sort_key = models.CharField(max_length=250, db_collation="C", editable=False)  # last name first, folded in Python
    pronoun = models.CharField(max_length=10, blank=True, default="")  # she, he, they; empty: we use the name
    language = models.CharField(max_length=8, blank=True, default="")  # BCP 47; empty: not known
    country = models.CharField(max_length=2, blank=True, default="")  # ISO 3166
    time_zone = models.CharField(max_length=60, blank=True, default="")
    city = models.CharField(_("town"), max_length=100, blank=True, default="")
    address = models.TextField(blank=True, default="")
    born_on = models.DateField(null=True, blank=True)
    account = models.ForeignKey("self", on_delete=models.PROTECT, related_name="people")
    keeper = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="kept_customers",
        db_index=False,  # customer_of_keeper is
    )
    team = models.ForeignKey(
        "staff.Team",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="customers",
        db_index=False,  # customer_of_team is
    )
    custom = models.JSONField(default=dict, blank=True)  # CustomField.key → value
    source = models.CharField(max_length=60, blank=True, default="")  # where the first record came from
    version = models.PositiveIntegerField(default=1)  # grows with each change: two editors at once are told
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()

    objects = CustomerQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["sort_key", "id"], name="customer_by_name"),
            models.Index(fields=["team", "sort_key", "id"], name="customer_of_team"),
            models.Index(fields=["keeper", "sort_key", "id"], name="customer_of_keeper"),
            models.Index(Folded("city"), "sort_key", "id", name="customer_in_town"),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return f"/customers/{self.pk}/"

    @property
    def is_account(self) -> bool:
        return self.account_id == self.pk


class Affiliation(models.Model):
    """A person's place with an account: owner of the inn, daughter in the household. The main one is among them."""

    joins = {"person": FOLDS, "account": FOLDS}

    person = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="affiliations")
    account = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="affiliated")
    role = models.CharField(max_length=100, blank=True, default="")
    from_on = models.DateField(null=True, blank=True)
    until_on = models.DateField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["person", "account"], name="one_affiliation"),
            models.CheckConstraint(condition=~Q(person=F("account")), name="nobody_is_their_own_affiliate"),
        ]

    def __str__(self) -> str:
        return f"{self.person_id} with {self.account_id}"


class Opening(models.Model):
    """A customer opened to a colleague who would not see them otherwise: they rang or wrote to that colleague."""

    joins = {"customer": FOLDS}

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="openings")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="openings")
    because = models.CharField(max_length=60)  # "call", "handed", the key of a channel on which they spoke
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["customer", "user"], name="one_opening")]

    def __str__(self) -> str:
        return f"{self.customer_id} is open to {self.user_id}"

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from crm.joins import FOLDS
from customers import channels
from customers.models.customer import Customer


class ContactPointQuerySet(models.QuerySet["ContactPoint"]):
    def usable(self) -> "ContactPointQuerySet":
        """Those that something may be sent to: neither bounced nor complained from."""
        return self.filter(bounced_at=None, complained_at=None)

    def taking(self, channel: channels.Channel) -> "ContactPointQuerySet":
        """Those that a channel goes to: no landlines for text messages."""
        mine = self.filter(channel=channel.spoken_over)
        return mine.exclude(line=ContactPoint.Line.FIXED) if channel.needs_mobile else mine


class ContactPoint(models.Model):
    """One address of a customer, in normal form. One owner, unless it is marked shared.

    channel: which kind of address it is, by an old name; the channels that are spoken over it are another list.
    """

    joins = {"customer": FOLDS}  # of two the later bounce and complaint hold, and `dead_on` of both
    LIFTED = "lifted"  # a key in `dead_on`: what a person says is dead no more, for taking that back

    class Channel(models.TextChoices):
        EMAIL = "email", _("E-mail")
        PHONE = "phone", _("Phone")
        REFERENCE = "reference", _("Number in another system")

    class Line(models.TextChoices):
        """What kind of phone answers; "" where the number does not tell."""

        MOBILE = "mobile", _("Mobile")
        FIXED = "fixed", _("Landline")

    customer = models.ForeignKey(  # contact_point_once is its index
        Customer, on_delete=models.CASCADE, related_name="contact_points", db_index=False
    )
    channel = models.CharField(max_length=10, choices=Channel.choices)
    system = models.CharField(max_length=60, blank=True, default="")  # whose number a reference is
    value = models.CharField(max_length=320, db_collation="C")  # normal form: lower case and IDNA, E.164, as given
    written = models.CharField(max_length=320, blank=True, default="")  # as it was written, where that differs
    label = models.CharField(max_length=60, blank=True, default="")  # "home", "accounts department"
    is_first_choice = models.BooleanField(default=False)
    is_shared = models.BooleanField(default=False)  # with others: recognises nobody alone
    line = models.CharField(max_length=10, choices=Line.choices, blank=True, default="", db_default="")  # of a phone
    is_checked = models.BooleanField(default=True)  # a phone that looks possible but not valid is not
    verified_at = models.DateTimeField(null=True, blank=True)
    bounced_at = models.DateTimeField(null=True, blank=True)
    bounce_reason = models.CharField(max_length=300, blank=True, default="")
    dead_on = models.JSONField(default=dict, db_default={}, blank=True)  # of several channels over it those that do
    # not reach it, and why: {"sms": "Unknown handset"}; bounced_at says that nothing does. LIFTED: what stood there
    complained_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField()

    objects = ContactPointQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["channel", "value", "system"], condition=Q(is_shared=False), name="one_owner_per_contact_point"
            ),
            models.UniqueConstraint(fields=["customer", "channel", "value", "system"], name="contact_point_once"),
        ]
        indexes = [models.Index(fields=["channel", "value", "system"], name="contact_point_by_value")]

    def __str__(self) -> str:
        return self.value

    def takes(self, channel: channels.Channel) -> bool:
        """Tell whether a channel goes to such an address at all, as `taking` does."""
        return channel.spoken_over == self.channel and not (channel.needs_mobile and self.line == self.Line.FIXED)

    @property
    def closed_to(self) -> list[channels.Channel]:
        """The channels that go to others of its kind, and not to this one."""
        return [one for one in channels.every() if one.spoken_over == self.channel and not self.takes(one)]

    @property
    def unreached(self) -> dict[str, str]:
        """The channels that do not reach it, though it lives: {key: why}."""
        return {channel: why for channel, why in self.dead_on.items() if channel != self.LIFTED}

    @property
    def dead_to(self) -> list[tuple[channels.Channel, str]]:
        """As `unreached`: [(channel, why)]."""
        return [(channels.named(key), why) for key, why in self.unreached.items()]


class Suppression(models.Model):
    """What is known against an address that somebody took away: it holds again for whoever has it next."""

    joins = {"customer": FOLDS}

    class Reason(models.TextChoices):
        BOUNCED = "bounced", _("Bounced")
        COMPLAINED = "complained", _("Complained")
        REFUSED = "refused", _("Refused")

    channel = models.CharField(max_length=10, choices=ContactPoint.Channel.choices)
    value = models.CharField(max_length=320, db_collation="C")  # in normal form
    reason = models.CharField(max_length=10, choices=Reason.choices)  # bounced on one channel alone: `dead_on`
    purpose = models.CharField(max_length=20, blank=True, default="")  # that was refused
    consent_channel = models.CharField(max_length=20, blank=True, default="")  # on which: a phone has several
    customer = models.ForeignKey(  # None: of everybody
        Customer, null=True, on_delete=models.CASCADE, related_name="+"
    )
    words = models.CharField(max_length=300, blank=True, default="")  # why it bounced
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["channel", "value", "reason", "purpose", "consent_channel", "customer"],
                nulls_distinct=False,
                name="one_suppression",
            )
        ]

    def __str__(self) -> str:
        return f"{self.value}: {self.reason}"

from django.db import models
from django.utils.translation import gettext_lazy as _


class CustomField(models.Model):
    """A field of customers that this organisation made up; values are in Customer.custom[key]."""

    class Kind(models.TextChoices):
        TEXT = "text", _("Text")
        NUMBER = "number", _("Number")
        DAY = "day", _("Day")
        CHOICE = "choice", _("Choice")
        YES_NO = "yes_no", _("Yes or no")

    key = models.SlugField(max_length=50, unique=True)
    label = models.CharField(_("name"), max_length=80)
    kind = models.CharField(max_length=10, choices=Kind.choices)
    choices = models.JSONField(default=list, blank=True)  # of strings, for CHOICE
    position = models.PositiveSmallIntegerField(default=0)
    is_retired = models.BooleanField(default=False)  # hidden; its values stay
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.label

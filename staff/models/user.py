"""Who works here."""

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from staff.access import RIGHTS, may, scope
from staff.roles import Role

FUNCTION_KEYS = ("F2", "F4", "F7", "F8", "F9")  # free in every browser, on Windows, macOS and Linux
DEFAULT_KEYS = {"answer": "F2", "end": "F4"}  # deed in the console → the key that does it from any field


class Team(models.Model):
    """People who look after customers together."""

    name = models.CharField(max_length=100, unique=True)
    place = models.ForeignKey("staff.Place", null=True, blank=True, on_delete=models.SET_NULL)
    business_line = models.ForeignKey("staff.BusinessLine", null=True, blank=True, on_delete=models.SET_NULL)
    division = models.ForeignKey("staff.Division", null=True, blank=True, on_delete=models.SET_NULL)

    def __str__(self) -> str:
        return self.name


class Users(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **fields) -> "User":
        user = self.model(email=email.strip().lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(email__iexact=username)

    def at_work(self) -> models.QuerySet["User"]:
        """Those who may sign in, by name."""
        return self.filter(is_active=True).order_by("name")

    def who_may(self, right: str) -> models.QuerySet["User"]:
        """Those at work who have a right of staff/access.py, by name. Raises KeyError for an unknown right."""
        return self.at_work().filter(role__in=RIGHTS[right])

    def joined(self) -> models.QuerySet["User"]:
        """All but those whose invitation is still open."""
        return self.filter(Q(invitation=None) | Q(invitation__accepted_at__isnull=False))


class User(AbstractBaseUser):
    """A colleague: one role, at most one team, and how they like to read."""

    class State(models.TextChoices):
        AVAILABLE = "available", _("Available")
        ON_A_CALL = "on_a_call", _("On a call")
        WRAP_UP = "wrap_up", _("Wrap-up")
        BREAK = "break", _("Break")
        AWAY = "away", _("Away")

    email = models.EmailField(_("e-mail"), max_length=254, unique=True)  # always lower case
    name = models.CharField(_("name"), max_length=150)
    role = models.CharField(max_length=20, choices=Role.choices)
    team = models.ForeignKey(Team, null=True, blank=True, on_delete=models.SET_NULL, related_name="members")
    is_active = models.BooleanField(default=True)
    is_demo = models.BooleanField(default=False)  # refused in production
    language = models.CharField(max_length=8, default="en")
    time_zone = models.CharField(max_length=60, default="Europe/Rome")
    theme = models.CharField(max_length=8, default="system")  # system, light, dark
    has_single_keys = models.BooleanField(default=True)  # single-letter shortcuts (WCAG 2.1.4)
    function_keys = models.JSONField(default=dict, blank=True)  # deed → key, where it differs from the default
    state = models.CharField(max_length=20, choices=State.choices, default=State.AWAY)
    state_changed_at = models.DateTimeField(null=True)
    sign_in_round = models.PositiveIntegerField(default=1)  # one more ends every session that began before
    created_at = models.DateTimeField(auto_now_add=True)

    objects = Users()
    USERNAME_FIELD = "email"
    REQUIRED_FIELDS = ["name"]

    def __str__(self) -> str:
        return self.name

    def may(self, right: str) -> bool:
        """Tell whether this colleague has a right of staff/access.py."""
        return self.is_active and may(self.role, right)

    def scope(self, noun: str) -> str:
        """Return whose `noun` this colleague sees: none, own, team or all."""
        return scope(self.role, noun) if self.is_active else "none"

    def function_key(self, deed: str) -> str:
        """Return the key for "answer" or "end" of a call, such as "F2"."""
        return self.function_keys.get(deed, DEFAULT_KEYS[deed])

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        """Bind sessions to the password and to the round: either ends them."""
        return super()._get_session_auth_hash(secret=secret) + f".{self.sign_in_round}"  # type: ignore[misc]

    # What Django's auth asks of a user; rights are ours alone.
    is_staff = False
    is_superuser = False

    def get_full_name(self) -> str:
        return self.name

    def get_short_name(self) -> str:
        return self.name.split()[0] if self.name else self.email


class Invitation(models.Model):
    """A colleague asked to join. Its signed link (staff/joining.py) opens once, for three days after `sent_at`."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="invitation")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    sent_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["sent_at"], condition=Q(accepted_at=None), name="invitation_open")]

    def __str__(self) -> str:
        return f"{self.user} invited"

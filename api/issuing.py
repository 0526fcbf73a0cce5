"""Keys are issued, shown once, and revoked."""

import hashlib
import secrets

from django.db import transaction
from django.utils.timezone import now
from django.utils.translation import gettext_lazy as _

from api.models import Key
from api.scopes import SCOPES
from crm.problems import Invalid
from staff.models import Team, User

BEGINNING = "filo_"
SHOWN = 12  # characters of a key that stay readable


class NoScopes(Invalid):
    """Choose at least one thing that this key may do."""

    code = "no_scopes"


@transaction.atomic
def issue(
    name: str, scopes: list[str], *, by: User | None, team: Team | None = None, expires_at=None
) -> tuple[Key, str]:
    """Make a key; return it and its text, which nobody can read again. Raises NoScopes, Invalid."""
    if unknown := set(scopes) - SCOPES.keys():
        raise Invalid(_("There is no scope %s.") % ", ".join(sorted(unknown)))
    if not scopes:
        raise NoScopes()
    text = BEGINNING + secrets.token_urlsafe(32)
    key = Key.objects.create(
        name=name.strip(),
        prefix=text[:SHOWN],
        digest=digest(text),
        scopes=[scope for scope in SCOPES if scope in scopes],
        team=team,
        by=by,
        expires_at=expires_at,
    )
    return key, text


def revoke(key: Key) -> None:
    """Let a key open nothing any more; harmless when repeated."""
    Key.objects.filter(pk=key.pk, revoked_at=None).update(revoked_at=now())
    key.refresh_from_db()


def digest(text: str) -> str:
    """Return what is kept of a key. Its 256 random bits cannot be guessed, so a fast hash is enough."""
    return hashlib.sha256(text.encode()).hexdigest()

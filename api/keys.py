"""Who asks: a key in the Authorization header; what it may do: its scopes; how often: so many requests a minute."""

import time
from datetime import timedelta

from django.core.cache import cache
from django.db.models import Q
from django.utils.timezone import now
from django.utils.translation import gettext as _
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.permissions import BasePermission
from rest_framework.throttling import BaseThrottle

from api.issuing import digest
from api.models import Key
from staff.models import User
from staff.roles import Role

MINUTE = 60  # seconds
MOST_A_MINUTE = 600  # requests of one key
SEEN_EVERY = timedelta(minutes=1)  # how exact "used 3 min ago" is


class KeyAuthentication(BaseAuthentication):
    """Authorization: Bearer filo_…"""

    def authenticate(self, request) -> tuple[User, Key] | None:
        scheme, _space, text = get_authorization_header(request).partition(b" ")
        if scheme.lower() != b"bearer":
            return None
        key = Key.objects.working().filter(digest=digest(text.strip().decode("latin-1"))).first()
        if key is None:
            raise AuthenticationFailed(_("This key is unknown, expired or revoked."))
        _note_use(key)
        return acting(key), key

    def authenticate_header(self, request) -> str:
        return "Bearer"


def acting(key: Key) -> User:
    """Return whom a key sees with: nobody of the staff (pk 0), all customers, or those of the key's team."""
    role = Role.MANAGER if key.team_id else Role.ADMINISTRATOR
    return User(pk=0, name=f"API: {key.name}", role=role, team_id=key.team_id)


def _note_use(key: Key) -> None:
    stale = Q(used_at=None) | Q(used_at__lt=now() - SEEN_EVERY)
    if key.used_at is None or key.used_at < now() - SEEN_EVERY:
        Key.objects.filter(stale, pk=key.pk).update(used_at=now())


class HasScope(BasePermission):
    """Deny by default: a method of a view without a scope in its `scopes` is nobody's."""

    def has_permission(self, request, view) -> bool:
        wanted = getattr(view, "scopes", {}).get("GET" if request.method == "HEAD" else request.method)
        if request.method not in view.allowed_methods:
            return request.auth is not None  # then DRF answers 405
        self.message = _("This key may not do that: it needs the scope %s.") % wanted
        return request.auth is not None and wanted is not None and wanted in request.auth.scopes


class KeyThrottle(BaseThrottle):
    """So many requests a minute for one key, counted in the cache."""

    def allow_request(self, request, view) -> bool:
        name = f"api:{request.auth.pk}:{int(time.time()) // MINUTE}"
        cache.add(name, 0, timeout=2 * MINUTE)
        return cache.incr(name) <= MOST_A_MINUTE

    def wait(self) -> float:
        return MINUTE - time.time() % MINUTE

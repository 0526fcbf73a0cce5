"""What production refuses to start with: what the demo does unasked, demo people, an embedded database unasked for.

Django runs these before `migrate`, and `manage.py prepare` and `doctor` with them; `--deploy` is not needed.
"""

import os
import re

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.db import DatabaseError

SHORTEST_SECRET = 40  # characters
A_NEW_KEY = 'python3 -c "import secrets; print(secrets.token_urlsafe(50))"'
A_NEW_HOOK_KEY = (
    "python3 -c \"import base64, secrets; print('whsec_' + base64.b64encode(secrets.token_bytes(32)).decode())\""
)


@register(Tags.security)
def production_is_complete(app_configs, **kwargs) -> list[CheckMessage]:
    """Production demands its secret, hosts, database, broker and mail server; other modes demand nothing."""
    if not settings.PRODUCTION:
        return []
    found = _secret() + _named("ALLOWED_HOSTS", "the host names that Filo answers to, with commas between them")
    found += _named("EMAIL_URL", "the mail server, as smtp+tls://user:password@host:587")
    found += _named("PUBLIC_URL", "the address that links in mails begin with, as https://crm.example.com")
    found += _named("MAIL_DOMAIN", "the domain that answers come to, as crm.example.com")
    found += _named("HOOK_SECRET", "the secret that hooks are signed with (whsec_…)", make=A_NEW_HOOK_KEY)
    if not settings.FILO_EMBEDDED_DATABASE:
        hint = "; for the embedded one say FILO_EMBEDDED_DATABASE=1"
        found += _named("DATABASE_URL", f"the database{hint}") + _named("REDIS_URL", f"the broker{hint}")
    return found


@register(Tags.security)
def proxies_are_counted(app_configs, **kwargs) -> list[CheckMessage]:
    """Behind a proxy that nobody counts, all the world signs in from the proxy's address, and shares its limits."""
    if not settings.BEHIND_PROXY or settings.ALLAUTH_TRUSTED_PROXY_COUNT:
        return []
    words = "BEHIND_PROXY is set and ALLAUTH_TRUSTED_PROXY_COUNT is not: who guesses passwords locks out everybody."
    hint = "Let the proxy write X-Forwarded-For, and say how many proxies do (1)."
    return [Warning(words, hint=hint, id="filo.W001")]


@register(Tags.database)
def no_demo_people(app_configs, databases=None, **kwargs) -> list[CheckMessage]:
    """Their passwords are printed in the README."""
    if not settings.PRODUCTION or not databases:
        return []
    try:
        there = get_user_model().objects.filter(is_demo=True, is_active=True).exists()
    except DatabaseError:  # not migrated yet: nobody is there
        return []
    words = "People of the demo company are in this database; their passwords are known to everybody."
    return [Error(words, hint="Start with an empty database, or deactivate them.", id="filo.E010")] if there else []


def _secret() -> list[CheckMessage]:
    secret = os.environ.get("SECRET_KEY", "")
    if not _is_of_the_demo("SECRET_KEY") and len(secret) >= SHORTEST_SECRET:
        return []
    words = "SECRET_KEY is missing, too short, or the one of the demo."
    return [Error(words, hint=f"Make one: {A_NEW_KEY}", id="filo.E001")]


def _named(name: str, meaning: str, *, make: str = "") -> list[CheckMessage]:
    if not os.environ.get(name):
        trouble = "is not set"
    elif _is_of_the_demo(name):
        trouble = "is the one of the demo, which everybody can read"
    else:
        return []
    hint = f"It is {meaning}." + (f" Make one: {make}" if make else "")
    return [Error(f"{name} {trouble}.", hint=hint, id=f"filo.E_{name}")]


def _is_of_the_demo(name: str) -> bool:
    """Tell whether one of the values that this setting lists is the demo's; hook secrets may leave out their prefix."""
    given, demo = os.environ.get(name, ""), settings.DEMO.get(name)
    if demo is None:
        return False
    listed = {given, *re.split(r"[,\s]+", given)}
    return bool({demo, demo.removeprefix("whsec_")} & {each.rstrip("/") for each in listed})

"""What production refuses to start with: a demo secret, demo people, an embedded database that nobody asked for.

Django runs these before `migrate`, and `manage.py prepare` and `doctor` with them; `--deploy` is not needed.
"""

import os

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.checks import CheckMessage, Error, Tags, register
from django.db import DatabaseError

SHORTEST_SECRET = 40  # characters


@register(Tags.security)
def production_is_complete(app_configs, **kwargs) -> list[CheckMessage]:
    """Production demands its secret, hosts, database, broker and mail server; other modes demand nothing."""
    if not settings.PRODUCTION:
        return []
    found = _secret() + _named("ALLOWED_HOSTS", "the host names that Filo answers to, with commas between them")
    found += _named("EMAIL_URL", "the mail server, as smtp+tls://user:password@host:587")
    found += _named("PUBLIC_URL", "the address that links in mails begin with, as https://crm.example.com")
    found += _named("MAIL_DOMAIN", "the domain that answers come to, as crm.example.com")
    found += _named("HOOK_SECRET", "the secret that hooks are signed with (whsec_…)")
    if not settings.FILO_EMBEDDED_DATABASE:
        hint = "; for the embedded one say FILO_EMBEDDED_DATABASE=1"
        found += _named("DATABASE_URL", f"the database{hint}") + _named("REDIS_URL", f"the broker{hint}")
    return found


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
    if secret and secret != settings.DEMO_SECRET and len(secret) >= SHORTEST_SECRET:
        return []
    words = "SECRET_KEY is missing, too short, or the one of the demo."
    hint = 'Make one: python3 -c "import secrets; print(secrets.token_urlsafe(50))"'
    return [Error(words, hint=hint, id="filo.E001")]


def _named(name: str, meaning: str) -> list[CheckMessage]:
    if os.environ.get(name):
        return []
    return [Error(f"{name} is not set.", hint=f"It is {meaning}.", id=f"filo.E_{name}")]

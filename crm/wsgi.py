"""What the web server loads. It refuses to serve a production that is not complete."""

import os

from django.core.checks import run_checks
from django.core.exceptions import ImproperlyConfigured
from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "crm.settings")
application = get_wsgi_application()

if refused := [each for each in run_checks(tags=["security"]) if each.is_serious()]:
    raise ImproperlyConfigured("\n".join(f"{each.msg} {each.hint or ''}" for each in refused))

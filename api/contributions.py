from django.utils.translation import gettext_lazy as _

from api.models import Key
from staff import sections

sections.section(
    "keys", label=_("API keys"), icon="key-round", url_name="api:keys", right="api.keys", group="technical", order=10,
    count=lambda request: Key.objects.working().count(),
)  # fmt: skip

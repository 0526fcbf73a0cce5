"""A mail that somebody posts: its raw bytes."""

from django.conf import settings

from interactions import hooking
from interactions.channels.mail import setting_aside
from interactions.channels.mail.addressing import CHANNEL
from interactions.hooking import Posted, Response
from interactions.models import Unfiled


@hooking.hook(CHANNEL, "mail", most_bytes=settings.DATA_UPLOAD_MAX_MEMORY_SIZE, is_short=True)
def mail(posted: Posted) -> Response:
    """Take one mail, signed as Standard Webhooks say."""
    return hooking.take_signed(posted, "mail", _take, around=setting_aside.posting)


def _take(posted: Posted) -> Response:
    """One that we cannot file is set aside, and taken all the same."""
    filed = setting_aside.take(posted.body)
    if isinstance(filed, Unfiled):
        return hooking.in_json({"set_aside": filed.name}, status=202)
    return hooking.in_json({"interaction": filed.pk})

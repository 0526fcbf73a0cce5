from datetime import timedelta

from celery import shared_task
from django.utils.timezone import now

from api.models import IdempotentRequest

REMEMBERED_FOR = timedelta(days=2)


@shared_task(time_limit=120)
def forget_answers() -> None:
    """Let go of answers that nobody asks for again."""
    IdempotentRequest.objects.filter(at__lt=now() - REMEMBERED_FOR).delete()

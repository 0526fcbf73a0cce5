"""Everything the clock starts, one line each, with its reason; what is a channel's own stands in its folder.

A line names a job of some room's jobs.py and how often it runs, in seconds or as a crontab (in UTC).
Jobs may run twice, late or never: rows carry the state, the clock only wakes those who look at it.
"""

from celery.schedules import crontab

from crm.queues import PERSONAL, QUICK

SCHEDULE = {
    # Facts whose wake-up was lost (worker killed, broker restarted) are reacted to all the same.
    "sweep-events": {"task": "crm.events.jobs.sweep", "schedule": 15.0},
    # `manage.py doctor` sees that workers and clock live.
    "heartbeat": {"task": "crm.events.jobs.beat", "schedule": 20.0},
    "quick-heartbeat": {
        "task": "crm.events.jobs.beat",
        "schedule": 20.0,
        "args": ("quick",),
        "options": {"queue": QUICK, "expires": 60},
    },
    "personal-heartbeat": {
        "task": "crm.events.jobs.beat",
        "schedule": 20.0,
        "args": ("personal",),
        "options": {"queue": PERSONAL, "expires": 60},
    },
    # What is queued is sent even if the job that should have sent it was lost.
    "deliver": {"task": "interactions.jobs.deliver_due", "schedule": 5.0},
    # Offers that wait for the end of quiet hours do not wait for hours that were changed.
    "wake-sleepers": {"task": "interactions.jobs.wake_sleepers", "schedule": 10.0},
    # Leases of killed workers are settled: sent, queued again, or in doubt.
    "recover-leases": {"task": "interactions.jobs.recover", "schedule": 30.0},
    # What is in doubt is settled by what its provider says of it.
    "ask-providers": {"task": "interactions.jobs.ask_providers", "schedule": 30.0},
    # Calls that nobody took become a waiting conversation with a callback promise.
    "missed-calls": {"task": "interactions.jobs.settle_missed_calls", "schedule": 20.0},
    # Running campaigns go on when the job of a batch was lost; planned ones start.
    "drive-campaigns": {"task": "campaigns.jobs.drive", "schedule": 10.0},
    # Imports whose worker died go on at their cursor.
    "drive-imports": {"task": "customers.jobs.drive_imports", "schedule": 10.0},
    # Purchases whose exchange rate changed are counted anew; the books follow the organisation's currency.
    "recount-purchases": {"task": "sales.jobs.recount", "schedule": 10.0},
    # Changed customers get their profile row and segments redone.
    "refresh-profiles": {"task": "insights.jobs.refresh_touched", "schedule": 3.0},
    # Windows of time pass without a write: whose figures change on a day that has begun are redone, and rules that
    # compare with now are asked anew. Organisations' days begin at half hours too.
    "follow-time": {"task": "insights.jobs.follow_time", "schedule": crontab(minute="2,32")},
    # A pass through everybody goes on where its worker died; one is owed when figures are declared anew.
    "drive-profiles": {"task": "insights.jobs.drive_pass", "schedule": 10.0},
    # Many who are put on a list go on where the worker died.
    "put-on-lists": {"task": "insights.jobs.put_on_lists", "schedule": 10.0},
    # Whatever was forgotten to be touched is found once a week: the pass writes what differs, mostly nothing.
    "refresh-all-profiles": {
        "task": "insights.jobs.refresh_all",
        "schedule": crontab(hour="2", minute="10", day_of_week="0"),
    },
    # Remembered answers of the API are let go of after two days.
    "forget-answers": {"task": "api.jobs.forget_answers", "schedule": crontab(hour="3", minute="20")},
    # What was kept to undo deeds holds personal data: a week after it was too late it is let go of.
    "forget-undos": {"task": "crm.jobs.forget_undos", "schedule": crontab(hour="3", minute="40")},
    # Setbacks of items that were deleted or settled meanwhile are not shown for ever.
    "forget-setbacks": {"task": "crm.jobs.forget_setbacks", "schedule": crontab(minute="35")},
    # Database and files, each night; the newest fourteen are kept.
    "back-up": {"task": "crm.jobs.back_up", "schedule": crontab(hour="1", minute="20")},
}

EXPIRES = {"expires": 60}  # a wake-up that waited for longer than a minute is not worth waking for
for _line in SCHEDULE.values():
    _line.setdefault("options", EXPIRES)


def add(name: str, task: str, *, seconds: float) -> None:
    """Let the clock start a job of a folder that nobody imports; for its contributions.py."""
    SCHEDULE[name] = {"task": task, "schedule": seconds, "options": EXPIRES}

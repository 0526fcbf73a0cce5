"""The queues that jobs wait in, and who serves which. Nothing here needs Django: the runner reads it too.

Twenty thousand mails of a campaign, an import, a refresh of every profile: one worker takes what takes its time, so
that another is always free for an answer, for a call, for the heart.
"""

ORDINARY = "celery"  # Celery's own name for the queue of jobs that name none
QUICK = "quick"  # jobs of a moment that must not wait
PERSONAL = "deliver.email.personal"
MASS = "deliver.email.mass"
EVERY = (ORDINARY, QUICK, PERSONAL, MASS)
OF_THE_QUICK_WORKER = (QUICK, PERSONAL)  # and of no other, where there is one

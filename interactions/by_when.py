"""By when something is promised: a day or a moment, neither over nor so far away that nobody can mean it."""

from datetime import date, datetime, timedelta

from django.utils.timezone import now

from crm import days
from crm.problems import Invalid

FARTHEST = timedelta(days=36_525)  # a century: beyond it somebody mistyped


class DayTooFar(Invalid):
    """Choose a day that is less than a hundred years away."""

    code = "day_too_far"


class DayOver(Invalid):
    """This day is over. Choose today or later."""

    code = "day_over"


def day_of(moment: datetime) -> date:
    """Return the day that is meant by one of its moments. Raises DayTooFar."""
    if abs(moment - now()) > FARTHEST:
        raise DayTooFar
    return days.of(moment)


def day_and_moment(due: date | datetime) -> tuple[date | None, datetime]:
    """Return the day, if one was said, and the moment after which the promise is late."""
    return (None, due) if isinstance(due, datetime) else (due, days.end(due))


def demand_coming(due: date | datetime, at: datetime) -> None:
    """Demand a day that is not over: earlier on the same day somebody may write down what is late already.

    Raises DayTooFar and DayOver.
    """
    left = due - at if isinstance(due, datetime) else due - days.today(at)
    if abs(left) > FARTHEST:
        raise DayTooFar
    if left < timedelta(0) and not (isinstance(due, datetime) and days.shown_on(due) == days.shown_on(at)):
        raise DayOver

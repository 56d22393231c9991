"""Priorities and policies, as they are said in Python: as values, or by their names."""

from typing import Literal

from foliot.domain.errors import InvalidPolicy
from foliot.domain.policy import Overlap
from foliot.domain.priority import Priority
from foliot.domain.retry import RetryPolicy

OverlapName = Literal["skip", "allow", "queue_one", "cancel_running"]
PriorityName = Literal["critical", "high", "default", "low"]


def overlap_named(overlap: Overlap | str) -> Overlap:
    """The overlap policy of that name.

    Raises:
        InvalidPolicy: there is none.
    """
    try:
        return Overlap(overlap)
    except ValueError:
        raise InvalidPolicy(f"overlap {overlap!r} is none of {', '.join(Overlap)}.", "overlap") from None


def priority_named(priority: Priority | str) -> Priority:
    """The priority of that name.

    Raises:
        InvalidPolicy: there is none.
    """
    for each in Priority:
        if priority is each or priority == each.label:
            return each
    raise InvalidPolicy(f"priority {priority!r} is none of {', '.join(each.label for each in Priority)}.", "priority")


def retry_checked(retry: RetryPolicy) -> RetryPolicy:
    """The retry policy, if it is one: a number of attempts says nothing of the pauses between them.

    Raises:
        InvalidPolicy: it is none.
    """
    if not isinstance(retry, RetryPolicy):
        raise InvalidPolicy(f"retry {retry!r} is no policy; write RetryPolicy(max_attempts=…).", "retry")
    return retry

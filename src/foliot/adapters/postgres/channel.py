"""What is said over NOTIFY: which topics stirred, with the ids of runs where they are few."""

from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from foliot.ports import Topic

CHANNEL: Final = "foliot"

_decoder = msgspec.json.Decoder(dict[Topic, list[str]])


def spoken(hints: Mapping[Topic, Sequence[str]]) -> str:
    """Hints as they are sent."""
    return msgspec.json.encode(hints).decode()


def heard(payload: str) -> Mapping[Topic, Sequence[str]]:
    """Hints as they were sent; none where somebody else uses the channel."""
    try:
        return _decoder.decode(payload)
    except msgspec.MsgspecError:
        return {}


SUBMITTED: Final = spoken({Topic.QUEUED: [], Topic.REMOTE: [], Topic.UNPUBLISHED: [], Topic.SCHEDULED: []})
"""Somebody stored jobs in a transaction of their own."""

SUBMITTED_TO_EXPIRE: Final = spoken({topic: [] for topic in (*heard(SUBMITTED), Topic.EXPIRING)})
"""The same where some of them expire unless they start in time."""

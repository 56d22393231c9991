"""Jitter: runs of many jobs that are planned for one instant are spread, each always by the same."""

import hashlib
from datetime import datetime, timedelta
from typing import Final

from foliot.domain.instant import to_microseconds

_RANGE: Final = 1 << 64


def jitter(job_id: str, planned: datetime, most: timedelta) -> timedelta:
    """By how much later than planned a run is due: from nothing to less than `most`, and never earlier.

    It is a hash of job and instant, so that every planner, and every preview, finds the same.
    """
    seed = f"{job_id}/{to_microseconds(planned)}".encode()
    share = int.from_bytes(hashlib.blake2b(seed, digest_size=8).digest(), "big")
    return timedelta(microseconds=(most // timedelta(microseconds=1)) * share // _RANGE)

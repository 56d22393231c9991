"""What a system takes from the machine and the moment that it runs in. A test brings its own."""

import os
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random

from foliot.adapters.local.clock import SystemClock
from foliot.engine.pacing import Pacing
from foliot.ports import Clock
from foliot.service.watch import LOOK_AGAIN_SECONDS
from foliot.wiring.zones import fingerprint


def _this_process() -> str:
    return f"{socket.gethostname()}-{os.getpid()}"


@dataclass(frozen=True, kw_only=True)
class Surroundings:
    """As they are, unless something else is said.

    `monotonic` is the time that passes, in seconds. `process` names this process among all, as a part of its workers'
    names. `pacing` and `look_again` are how patiently it waits for more to do at once, and for what others do.
    `watches_the_loop` is whether a thread steps in when the event loop is blocked (ADR 10). `zones` names the rules of
    timezones that this process has.
    """

    clock: Clock = field(default_factory=SystemClock)
    monotonic: Callable[[], float] = time.monotonic
    random: Random = field(default_factory=Random)
    process: str = field(default_factory=_this_process)
    pacing: Pacing = field(default_factory=Pacing)
    look_again: float = LOOK_AGAIN_SECONDS
    watches_the_loop: bool = True
    zones: Callable[[], str] = fingerprint

"""When a request is sent again, and how long that waits."""

from random import Random
from typing import Final

import msgspec

_LONGEST_SECONDS: Final = 10.0


class Retrying(msgspec.Struct, frozen=True):
    """How often a request is sent again that may be.

    `first_seconds` is the longest first pause, which doubles each time; a server that asks for more than `longest_wait`
    seconds is not waited for.
    """

    times: int = 4
    longest_wait: float = 30.0
    first_seconds: float = 0.1

    def pause(self, tried: int, asked: float | None, random: Random) -> float | None:
        """The seconds to wait after that many tries (full jitter, or what the server asks for); None: give up."""
        if tried > self.times:
            return None
        if asked is not None:
            return None if asked > self.longest_wait else asked + random.uniform(0, self.first_seconds)
        return random.uniform(0, min(_LONGEST_SECONDS, self.first_seconds * 2.0 ** (tried - 1)))


RETRYING: Final = Retrying()
"""What is done unless something else is said."""

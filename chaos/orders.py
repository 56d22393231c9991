"""The jobs that are offered: a mix of kinds, each with a number by which it is known for ever."""

from random import Random
from typing import Final

import msgspec

_MIX: Final = {"quick": 60, "slow": 10, "flaky": 10, "doomed": 3, "charge": 12, "later": 5}
"""Of a hundred jobs."""

_LATEST_SECONDS: Final = 3.0


class Order(msgspec.Struct, frozen=True):
    """A job to be submitted: its type is its `kind`, but for one that is `later`, which is a quick one that waits."""

    number: int
    kind: str
    delay_seconds: float | None = None

    @property
    def type(self) -> str:
        """The job type."""
        return "quick" if self.kind == "later" else self.kind


def order(number: int, random: Random) -> Order:
    """A job of the mix."""
    [kind] = random.choices(list(_MIX), list(_MIX.values()))
    return Order(number, kind, random.uniform(0.5, _LATEST_SECONDS) if kind == "later" else None)

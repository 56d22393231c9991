"""What the planner may do: ADR 11."""

from enum import Enum
from typing import Final

_ALWAYS: Final = {
    "datestyle": "ISO", "plan_cache_mode": "force_generic_plan", "jit": "off",
    "enable_seqscan": "off", "enable_sort": "off", "enable_hashjoin": "off", "enable_mergejoin": "off",
}  # fmt: skip


class Plans(Enum):
    """How the statements of a connection find their rows: they seek them by their keys, or walk along an index.

    Each leaves a statement one good plan, whatever the planner believes of the tables, so that a plan can be kept for
    ever. Who seeks can use an index only for a key: no plan can go through a whole table for each row of a batch.
    """

    SEEK = _ALWAYS | {"enable_indexscan": "off", "enable_indexonlyscan": "off"}
    WALK = _ALWAYS | {"enable_bitmapscan": "off"}

    @property
    def for_one_transaction(self) -> str:
        """The same as SQL, for a connection that is not ours alone."""
        return ";".join(f"set local {name} = '{value}'" for name, value in self.value.items())

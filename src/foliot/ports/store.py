"""All that a store is."""

from typing import Protocol

from foliot.ports.access import AccessStore
from foliot.ports.calendars import CalendarStore
from foliot.ports.moving import EngineStore
from foliot.ports.reading import ReadStore
from foliot.ports.submitting import SubmitStore


class Store(SubmitStore, EngineStore, ReadStore, AccessStore, CalendarStore, Protocol):
    """The truth. One adapter a database; `tests/contract` is what each must do."""

    async def ping(self) -> None:
        """Return if the store can read and write now.

        Raises:
            Unavailable: with what is wrong.
        """
        ...

    async def close(self) -> None:
        """Finish what is under way and let go."""
        ...

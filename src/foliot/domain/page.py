"""Pages of a listing: newest first, by keyset, so that a page stays right while rows come and go."""

import base64
import binascii
from collections.abc import Sequence
from typing import Final, Generic, Protocol, TypeVar

import msgspec

from foliot.domain.errors import InvalidCursor, InvalidRequest
from foliot.domain.ids import is_id

DEFAULT_PAGE: Final = 50
LARGEST_PAGE: Final = 500

Item = TypeVar("Item")


class _HasId(Protocol):
    @property
    def id(self) -> str: ...


Identified = TypeVar("Identified", bound=_HasId)


class Page(msgspec.Struct, Generic[Item], frozen=True):
    """Some items and the cursor of the next page, None on the last one."""

    items: Sequence[Item]
    next_cursor: str | None


class PageRequest(msgspec.Struct, frozen=True):
    """Which page: at most `limit` items that come after the one that `cursor` names."""

    limit: int = DEFAULT_PAGE
    cursor: str | None = None

    def before(self) -> str | None:
        """The id that the page's items must be older than.

        Raises:
            InvalidRequest: a limit outside 1 to 500.
            InvalidCursor: a cursor that was not made here.
        """
        if not 1 <= self.limit <= LARGEST_PAGE:
            raise InvalidRequest(f"limit must be from 1 to {LARGEST_PAGE}.", "limit")
        if self.cursor is None:
            return None
        try:
            identifier = base64.urlsafe_b64decode(self.cursor.encode() + b"==").decode()
        except (binascii.Error, ValueError):
            identifier = ""
        if not is_id(identifier):
            raise InvalidCursor("This cursor was not made here; take next_cursor from the page before.", "cursor")
        return identifier


def page_of(found: Sequence[Identified], limit: int) -> Page[Identified]:
    """The page made of what was found when one item more than `limit` was asked for."""
    if len(found) <= limit:
        return Page(found, None)
    last = found[limit - 1].id
    return Page(found[:limit], base64.urlsafe_b64encode(last.encode()).decode().rstrip("="))

"""Pages: a cursor leads on where its page ended, and one that was not made here is refused."""

from datetime import UTC, datetime
from random import Random

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from foliot.domain.errors import InvalidCursor, InvalidRequest
from foliot.domain.ids import IdSequence
from foliot.domain.page import LARGEST_PAGE, PageRequest, page_of

IDS = IdSequence(Random(1)).take(datetime(2026, 5, 1, tzinfo=UTC), 100)


class Item(msgspec.Struct, frozen=True):
    id: str


@given(st.integers(0, 100), st.integers(1, 20))
def test_walking_the_pages_meets_each_item_once(count: int, limit: int) -> None:
    rows = [Item(identifier) for identifier in reversed(IDS[:count])]
    met: list[Item] = []
    request: PageRequest | None = PageRequest(limit)
    while request is not None:
        before = request.before()
        page = page_of([row for row in rows if before is None or row.id < before][: limit + 1], limit)
        assert len(page.items) <= limit
        met += page.items
        request = PageRequest(limit, page.next_cursor) if page.next_cursor else None
    assert met == rows


def test_a_page_that_is_just_full_is_the_last() -> None:
    rows = [Item(identifier) for identifier in IDS[:3]]
    assert page_of(rows, 3).next_cursor is None
    assert page_of(rows, 2).next_cursor is not None
    assert page_of([], 3).items == []


@given(st.sampled_from(IDS))
def test_a_cursor_is_safe_in_a_url(identifier: str) -> None:
    cursor = page_of([Item(identifier), Item(IDS[0])], 1).next_cursor
    assert cursor is not None
    assert cursor.isascii()
    assert cursor.replace("-", "").replace("_", "").isalnum()
    assert PageRequest(1, cursor).before() == identifier


@given(st.text(max_size=60))
def test_a_cursor_that_was_not_made_here_is_refused(cursor: str) -> None:
    with pytest.raises(InvalidCursor):
        PageRequest(10, cursor).before()


@pytest.mark.parametrize("limit", [0, -1, LARGEST_PAGE + 1])
def test_a_limit_out_of_range_is_refused(limit: int) -> None:
    with pytest.raises(InvalidRequest) as refused:
        PageRequest(limit).before()
    assert refused.value.field == "limit"

"""Ids: in the form of RFC 9562, in the order in which they were asked for, and telling their time."""

from datetime import UTC, datetime, timedelta
from random import Random
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from foliot.domain.ids import IdSequence, derived_id, instant_of, is_id
from foliot.domain.instant import EPOCH, LATEST

instants = st.datetimes(EPOCH.replace(tzinfo=None), LATEST.replace(tzinfo=None), timezones=st.just(UTC))
seeds = st.integers(0, 2**32)
NOW = datetime(2026, 5, 1, 8, 0, 0, 123456, tzinfo=UTC)


class _Largest(Random):
    """Always draws the largest number, so that the counter of one millisecond runs over soon."""

    def getrandbits(self, k: int, /) -> int:
        return (1 << k) - 1


@given(instants, seeds)
def test_an_id_is_a_uuid_of_version_7(at: datetime, seed: int) -> None:
    [identifier] = IdSequence(Random(seed)).take(at, 1)
    uuid = UUID(identifier)
    assert (uuid.version, uuid.variant, str(uuid)) == (7, "specified in RFC 4122", identifier)
    assert is_id(identifier)


@given(instants, seeds)
def test_an_id_tells_its_millisecond(at: datetime, seed: int) -> None:
    [identifier] = IdSequence(Random(seed)).take(at, 1)
    assert timedelta(0) <= at - instant_of(identifier) < timedelta(milliseconds=1)


@given(seeds, st.lists(st.tuples(st.integers(-5_000, 5_000), st.integers(0, 5)), max_size=30))
def test_ids_sort_as_they_were_asked_for_whatever_the_clock_does(seed: int, calls: list[tuple[int, int]]) -> None:
    sequence, now, ids = IdSequence(Random(seed)), NOW, []
    for microseconds, count in calls:
        now += timedelta(microseconds=microseconds)
        ids += sequence.take(now, count)
    assert ids == sorted(set(ids))


def test_ids_stay_in_order_when_the_counter_of_a_millisecond_is_full() -> None:
    sequence = IdSequence(_Largest())
    sequence._counter = (1 << 74) - (1 << 26)
    sequence._millisecond = 1_777_622_400_123
    ids = sequence.take(NOW, 20)
    assert ids == sorted(set(ids))
    assert all(map(is_id, ids))
    assert len({instant_of(identifier) for identifier in ids}) > 1


def test_two_processes_do_not_make_the_same_ids() -> None:
    one, other = (IdSequence(Random(seed)).take(NOW, 10_000) for seed in (1, 2))
    assert not set(one) & set(other)


def test_what_is_not_an_id_is_told_apart() -> None:
    [good] = IdSequence(Random(1)).take(NOW, 1)
    for bad in (
        "",
        good.upper(),
        good + "\n",
        good[:-1],
        good.replace("-7", "-4", 1),
        good.replace("-", ""),
        f" {good}",
    ):
        assert not is_id(bad), bad


@given(instants, st.integers(0, 4095), seeds)
def test_a_derived_id_is_always_the_same(at: datetime, rank: int, seed: int) -> None:
    [source] = IdSequence(Random(seed)).take(NOW, 1)
    identifier = derived_id(source, at, rank)
    assert identifier == derived_id(source, at, rank)
    assert is_id(identifier)
    assert timedelta(0) <= at - instant_of(identifier) < timedelta(milliseconds=1)


@given(instants, st.sets(st.integers(0, 4095), min_size=2), seeds)
def test_derived_ids_of_one_row_sort_by_rank(at: datetime, ranks: set[int], seed: int) -> None:
    [source] = IdSequence(Random(seed)).take(NOW, 1)
    ids = [derived_id(source, at, rank) for rank in sorted(ranks)]
    assert ids == sorted(set(ids))


def test_derived_ids_of_different_rows_differ() -> None:
    sources = IdSequence(Random(3)).take(NOW, 5_000)
    assert len({derived_id(source, NOW, 1) for source in sources}) == 5_000

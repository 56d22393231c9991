"""How durations, instants and lengths of time are read and written."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foliot.transports.cli.arguments import duration, instant
from foliot.transports.cli.layout import printable
from foliot.transports.cli.timeline import event_words
from foliot.transports.cli.times import local, local_fine, relative, span

NOW = datetime(2026, 5, 1, 8, tzinfo=UTC)


@pytest.fixture
def _in_berlin(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with monkeypatch.context() as patch:
        patch.setenv("TZ", "Europe/Berlin")
        time.tzset()
        yield
    time.tzset()


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("90s", 90),
        ("5m", 300),
        ("2h", 7200),
        ("1d", 86400),
        ("1w", 604800),
        ("250ms", 0.25),
        ("1h30m", 5400),
        ("1.5h", 5400),
    ],
)
def test_durations_are_read(text: str, seconds: float) -> None:
    assert duration(text) == timedelta(seconds=seconds)


@pytest.mark.parametrize("text", ["", "5", "m", "-5m", "5 m", "5y", "1e3s", "5m!", "٣s", "inf", "9" * 400 + "s"])
def test_other_words_are_no_durations(text: str) -> None:
    with pytest.raises(ValueError, match=r"is not a duration|too long"):
        duration(text)


@pytest.mark.parametrize("text", ["2026-05-01T10:00:00+02:00", "2026-05-01T08:00:00Z", "2026-05-01 08:00:00Z"])
def test_instants_are_read(text: str) -> None:
    assert instant(text) == NOW


@pytest.mark.parametrize("text", ["2026-05-01T10:00:00", "2026-05-01", "now", "", "1777622400"])
def test_other_words_are_no_instants(text: str) -> None:
    with pytest.raises(ValueError, match="is not an instant with its offset"):
        instant(text)


@pytest.mark.usefixtures("_in_berlin")
def test_times_are_shown_in_the_zone_of_the_machine() -> None:
    assert local(NOW) == "2026-05-01 10:00:00 CEST"
    assert local(NOW.replace(month=1)) == "2026-01-01 09:00:00 CET"
    assert local_fine(NOW + timedelta(microseconds=7999)) == "2026-05-01 10:00:00.007 CEST"
    assert local(None) == ""


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0ms"), (0.0421, "42ms"), (0.9996, "1s"), (1.24, "1.2s"), (9.96, "10s"), (59.6, "1m"), (90, "1m 30s"),
        (3600, "1h"), (7505, "2h 5m"), (86400 * 3 + 4 * 3600, "3d 4h"), (86400 + 30, "1d"), (-5, "-5s"),
    ],
)  # fmt: skip
def test_lengths_of_time_have_two_units_at_most(seconds: float, words: str) -> None:
    assert span(timedelta(seconds=seconds)) == words


def test_relative_times() -> None:
    assert relative(NOW + timedelta(minutes=5), NOW) == "in 5m"
    assert relative(NOW - timedelta(seconds=12), NOW) == "12s ago"
    assert relative(NOW + timedelta(milliseconds=3), NOW) == "now"
    assert relative(None, NOW) == ""


@given(st.timedeltas())
def test_every_length_of_time_can_be_shown(length: timedelta) -> None:
    assert span(length)


@given(st.text())
def test_what_is_shown_is_printable(text: str) -> None:
    assert all(character.isprintable() or character == "\n" for character in printable(text))


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({}, ""),
        ({"message": "", "fraction": 0.0}, "0%"),
        ({"message": "half", "fraction": 0.5, "rows": 7}, "half, 50%, rows=7"),
        ({"fraction": "most", "error": "odd", "by": 3}, "most, odd, by 3"),
        ({"error": {"code": "raised", "message": "no", "type": "KeyError"}}, "KeyError: no"),
        ({"due_at": "9999-12-31T23:59:59-12:00", "at": "2026-01-01"}, "due 9999-12-31T23:59:59-12:00, at=2026-01-01"),
        ({"nested": {"a": [1]}, "none": None}, 'nested={"a":[1]}'),
    ],
)
def test_any_data_of_an_event_has_words(data: dict[str, Any], words: str) -> None:
    assert event_words(data) == words


def test_plain_words_are_shown_as_they_are() -> None:
    assert printable("Grüße, 世界\n→ done") == "Grüße, 世界\n→ done"

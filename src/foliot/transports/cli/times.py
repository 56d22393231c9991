"""Times as people read them: local, with their zone, or how long ago."""

from datetime import datetime, timedelta

_UNITS = ((86400, "d"), (3600, "h"), (60, "m"))


def local(at: datetime | None) -> str:
    """`2026-05-01 10:00:00 CEST`, in the zone of this machine; empty for None."""
    return "" if at is None else at.astimezone().strftime("%Y-%m-%d %H:%M:%S %Z")


def local_fine(at: datetime) -> str:
    """The same to the millisecond: `2026-05-01 10:00:00.123 CEST`."""
    there = at.astimezone()
    return f"{there:%Y-%m-%d %H:%M:%S}.{there.microsecond // 1000:03d} {there:%Z}"


def relative(at: datetime | None, now: datetime) -> str:
    """`in 4m 30s` or `12s ago`; empty for None."""
    if at is None:
        return ""
    if abs(at - now) < timedelta(seconds=1):
        return "now"
    return f"in {span(at - now)}" if at > now else f"{span(now - at)} ago"


def local_and_relative(at: datetime | None, now: datetime) -> str:
    """Both: `2026-05-01 10:00:00 CEST (in 4m 30s)`; empty for None."""
    return "" if at is None else f"{local(at)} ({relative(at, now)})"


def span(length: timedelta) -> str:
    """The two largest units of a length of time: `350ms`, `1.2s`, `4m 30s`, `2h 5m`, `3d 4h`."""
    seconds = length.total_seconds()
    if seconds < 0:
        return f"-{span(-length)}"
    if seconds < 0.9995:
        return f"{seconds * 1000:.0f}ms"
    if seconds < 9.95:
        return f"{seconds:.1f}".removesuffix(".0") + "s"
    rest = round(seconds)
    parts = []
    for size, unit in _UNITS:
        count, rest = divmod(rest, size)
        parts.append((count, unit))
    parts.append((rest, "s"))
    first = next(position for position, (count, _) in enumerate(parts) if count)
    return " ".join(f"{count}{unit}" for count, unit in parts[first : first + 2] if count)

"""Watching a run: a live table on a terminal, a line an event elsewhere."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

import msgspec

from foliot.domain.event import Event
from foliot.domain.run import Progress, Run
from foliot.domain.states import EventType
from foliot.transports.cli.documents import event_document
from foliot.transports.cli.exits import Exit, exit_of_run
from foliot.transports.cli.layout import Cell, Line, Table, pretty
from foliot.transports.cli.render import Output, terminal
from foliot.transports.cli.session import Acting
from foliot.transports.cli.tables import run_fields
from foliot.transports.cli.timeline import event_cells, timeline

if TYPE_CHECKING:
    from rich.console import RenderableType

_SAYINGS: Final = (EventType.RUN_LOGGED, EventType.RUN_PROGRESSED)
_LINES_AROUND_EVENTS: Final = 18
_FEWEST_EVENTS: Final = 5
_FRAMES_PER_SECOND: Final = 4


async def watch_run(acting: Acting, output: Output, run_id: str) -> Exit:
    """Show a run's events as they come until it is over; the code that tells how it ended.

    Raises:
        NotFound: this tenant has no such run.
    """
    if output.is_terminal and not output.json:
        await _live(acting, run_id)
    else:
        await _lines(acting, output, run_id)
    run = await acting.services.runs.get(acting.identity, run_id)
    return exit_of_run(run.state)


async def _lines(acting: Acting, output: Output, run_id: str) -> None:
    beginning: datetime | None = None
    async for event in acting.services.watch.events(acting.identity, run_id):
        beginning = beginning or event.at
        words = "  ".join(cell.text for cell in event_cells(event, beginning) if cell.text)
        output.event(event_document(event), Line(Cell(words)))


async def _live(acting: Acting, run_id: str) -> None:
    from rich.live import Live

    console = terminal()
    view = _View(await acting.services.runs.get(acting.identity, run_id), console.height - _LINES_AROUND_EVENTS)
    with Live(get_renderable=view.render, console=console, refresh_per_second=_FRAMES_PER_SECOND):
        async for event in acting.services.watch.events(acting.identity, run_id):
            view.hear(event)
            if event.type not in _SAYINGS:
                view.run = await acting.services.runs.get(acting.identity, run_id)
        view.run = await acting.services.runs.get(acting.identity, run_id)


class _View:
    """The run as last seen, and the last of its events that fit."""

    def __init__(self, run: Run, room: int) -> None:
        self.run = run
        self._room = max(room, _FEWEST_EVENTS)
        self._events: list[Event] = []

    def hear(self, event: Event) -> None:
        """Take in an event; progress is told by it before the run is looked at again."""
        self._events.append(event)
        if event.type is EventType.RUN_PROGRESSED and isinstance(event.data.get("fraction"), int | float):
            progress = Progress(event.data["fraction"], str(event.data.get("message", "")))
            self.run = msgspec.structs.replace(self.run, progress=progress)

    def render(self) -> "RenderableType":
        """The picture of this moment."""
        from rich.console import Group
        from rich.progress_bar import ProgressBar
        from rich.text import Text

        run, events = self.run, self._events
        parts: list[RenderableType] = [pretty(run_fields(run, datetime.now(UTC)))]
        if run.progress is not None and not run.state.is_over:
            parts.append(ProgressBar(total=1.0, completed=run.progress.fraction, width=40))
        return Group(*parts, Text(), pretty(_last(events, self._room)))


def _last(events: Sequence[Event], room: int) -> Table:
    whole = timeline(events)
    return msgspec.structs.replace(whole, rows=whole.rows[-room:])

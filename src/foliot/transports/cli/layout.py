"""The few shapes in which things are shown: a table, named fields, a line. Each as plain text, and for a terminal."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

import msgspec

if TYPE_CHECKING:
    from rich.console import RenderableType

_GAP: Final = "  "
_NARROWEST_PROSE: Final = 24
_LONGEST_WORD: Final = 64


class Cell(msgspec.Struct, frozen=True):
    """A text and the rich style that it has on a terminal."""

    text: str
    style: str = ""


class Column(msgspec.Struct, frozen=True):
    """A column's title. On a terminal only `prose` is wrapped; what else there is, such as an id, can be pasted."""

    title: str
    prose: bool = False


class Table(msgspec.Struct, frozen=True):
    """Rows under titles; `empty` is said on a terminal where there are none."""

    columns: Sequence[Column]
    rows: Sequence[Sequence[Cell]]
    empty: str


class Fields(msgspec.Struct, frozen=True):
    """Names with their values, one below the other. Those without a value are left out."""

    rows: Sequence[tuple[str, Cell]]


class Line(msgspec.Struct, frozen=True):
    """A sentence or a heading."""

    cell: Cell


Block = Table | Fields | Line


def fields(*rows: tuple[str, str | Cell]) -> Fields:
    """Fields of names and values, a value being a cell only where it has a style."""
    return Fields([(name, value if isinstance(value, Cell) else Cell(value)) for name, value in rows])


def columns(*titles: str, prose: str | None = None) -> list[Column]:
    """Columns of these titles, and a last one for prose."""
    plain_columns = [Column(title) for title in titles]
    return plain_columns if prose is None else [*plain_columns, Column(prose, prose=True)]


def heading(text: str) -> Line:
    """A line that opens what follows."""
    return Line(Cell(text, "bold"))


def printable(text: str) -> str:
    """The text without what a terminal would obey: a payload or an error may hold escape sequences."""
    return "".join(
        character if character.isprintable() or character == "\n" else _escaped(character)
        for character in text.replace("\r\n", "\n").replace("\t", "    ")
    )


def _escaped(character: str) -> str:
    return character.encode("unicode_escape").decode()


# -- as plain text


def plain(block: Block) -> str:
    """The block as lines of text. Nothing is cut, nothing is wrapped, one row of a table is one line."""
    match block:
        case Table(columns, rows):
            titles = [column.title.upper() for column in columns]
            return _aligned([titles, *([_one_line(cell.text) for cell in row] for row in rows)])
        case Fields(rows):
            width = max((len(name) for name, cell in rows if cell.text), default=0)
            return "\n".join(_field(name, printable(cell.text), width) for name, cell in rows if cell.text)
        case Line(cell):
            return printable(cell.text)


def _aligned(rows: Sequence[Sequence[str]]) -> str:
    widths = [max(len(text) for text in column) for column in zip(*rows, strict=True)]
    lines = (_GAP.join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip() for row in rows)
    return "\n".join(lines)


def _field(name: str, text: str, width: int) -> str:
    return f"{name.ljust(width)}{_GAP}" + text.replace("\n", "\n" + " " * (width + len(_GAP)))


def _one_line(text: str) -> str:
    return printable(" ".join(text.split("\n")))


# -- for a terminal


def least_width(block: Block) -> int:
    """How wide a terminal has to be for the block; on a narrower one its lines run over the edge."""
    match block:
        case Table(columns, rows) if rows:
            cells = zip(*rows, strict=True)
            return sum(_least_width(*pair) + len(_GAP) for pair in zip(columns, cells, strict=True))
        case Fields(rows):
            words = (word for _, cell in rows for word in cell.text.split())
            longest_word = max(map(len, words), default=0)
            return max((len(name) for name, _ in rows), default=0) + len(_GAP) + min(longest_word, _LONGEST_WORD)
        case _:
            return 0


def _least_width(column: Column, cells: Sequence[Cell]) -> int:
    width = max(len(column.title), *(len(_one_line(cell.text)) for cell in cells))
    return min(width, _NARROWEST_PROSE) if column.prose else width


def pretty(block: Block) -> "RenderableType":
    """The block as rich renders it."""
    from rich.table import Table as Grid
    from rich.text import Text

    match block:
        case Table(columns, rows, empty) if not rows:
            return Text(empty, "dim")
        case Table(columns, rows):
            grid = Grid(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
            for position, column in enumerate(columns):
                width = _least_width(column, [row[position] for row in rows])
                grid.add_column(column.title, no_wrap=not column.prose, min_width=width, overflow="fold")
            for row in rows:
                grid.add_row(*(Text(_one_line(cell.text), cell.style) for cell in row))
            return grid
        case Fields(rows):
            grid = Grid.grid(padding=(0, 2, 0, 0))
            grid.add_column(style="dim", no_wrap=True)
            grid.add_column(overflow="fold")
            for name, cell in rows:
                if cell.text:
                    grid.add_row(name, Text(printable(cell.text), cell.style))
            return grid
        case Line(cell):
            return Text(printable(cell.text), cell.style)

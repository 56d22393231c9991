"""The SQL of this adapter: one statement a file in `sql/`, asked for by its name."""

from functools import cache
from importlib.resources import files


@cache
def statement(name: str) -> str:
    """The text of `sql/<name>.sql`."""
    return files("foliot.adapters.sqlite").joinpath("sql", f"{name}.sql").read_text()

"""The SQL of an adapter: one statement a file in its `sql` folder, asked for by its name."""

from functools import cache
from importlib.resources import files


@cache
def statement_of(package: str, name: str) -> str:
    """The text of `sql/<name>.sql` in a package."""
    return files(package).joinpath("sql", f"{name}.sql").read_text()

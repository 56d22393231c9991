"""The SQL of this adapter: one statement a file in `sql/`, asked for by its name."""

from functools import partial
from typing import Final

from foliot.adapters.statements import statement_of

statement: Final = partial(statement_of, __package__)

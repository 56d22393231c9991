"""The headings under which `--help` lists commands and options."""

from typing import Final

from cyclopts import Group

WORK: Final = Group("Work", sort_key=1)
PROCESSES: Final = Group("Processes", sort_key=2)
CARE: Final = Group("Care", sort_key=3)
WHEN: Final = Group("When", sort_key=50)
UNIQUE: Final = Group("One for all (each submission is a job of its own, without any of these)", sort_key=60)
EVERYWHERE: Final = Group("Options of every command", sort_key=90)

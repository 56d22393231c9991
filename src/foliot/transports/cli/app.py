"""The command line: `foliot …`, put together; errors and interruptions become exit codes."""

import asyncio
import inspect
import os
import shlex
import sys
from collections.abc import Coroutine, Sequence
from itertools import pairwise
from typing import Annotated, Final

from cyclopts import App, CycloptsError, Parameter, UnusedCliTokensError

from foliot.domain.errors import FoliotError
from foliot.transports.cli.access import keys, tenants
from foliot.transports.cli.calendars import calendars
from foliot.transports.cli.dead_letters import dead_letters
from foliot.transports.cli.exits import MEANINGS, Exit, exit_of_error
from foliot.transports.cli.groups import CARE, EVERYWHERE, PROCESSES, WORK
from foliot.transports.cli.job_types import job_types
from foliot.transports.cli.jobs import jobs
from foliot.transports.cli.launcher import Launcher
from foliot.transports.cli.processes import api, doctor, mcp, migrate, up, worker
from foliot.transports.cli.render import Output
from foliot.transports.cli.runs import runs
from foliot.transports.cli.schedules import preview_
from foliot.transports.cli.session import Session

_HELP: Final = """Foliot, a durable, multi-tenant scheduler and job queue.

Settings come from the environment (FOLIOT_DATABASE_URL, FOLIOT_API_KEY, …); options win over it.

Exit codes:

""" + "\n".join(f"{code:>5}  {meaning}" for code, meaning in MEANINGS.items())


def run_cli(launcher: Launcher, argv: Sequence[str]) -> int:
    """Run one command line, without the program's name; its exit code (see `exits`).

    Nothing that a user can cause ends in a traceback: errors are a line on standard error, with `--json` a document.
    """
    # Before parsing, so that a command line that cannot be parsed is answered in the form that was asked for.
    output = Output(json="--json" in argv)
    try:
        return int(_app(launcher, output).meta(argv) or Exit.OK)
    except CycloptsError as error:
        output.error("usage", _usage_message(error))
        if error.command_chain:
            output.hint(f"See `foliot {' '.join(error.command_chain)} --help`.")
        return Exit.USAGE
    except FoliotError as error:
        output.error(error.code, error.message, error.field)
        return exit_of_error(error)
    except KeyboardInterrupt:
        output.error("interrupted", "Interrupted.")
        return Exit.INTERRUPTED
    except BrokenPipeError:
        # Who read our output has gone, as `head` does. Python would complain once more when it flushes at the end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return Exit.FAILED
    except OSError as error:
        output.error("internal", str(error))
        return Exit.FAILED


def _app(launcher: Launcher, output: Output) -> App:
    root = App(
        name="foliot",
        help=_HELP,
        help_format="plaintext",
        help_formatter="default" if output.is_terminal else "plain",
        version=_version,
        default_parameter=Parameter(negative=(), show_default=False),
        exit_on_error=False,
        print_error=False,
        suppress_keyboard_interrupt=False,
        result_action="return_value",
    )
    for commands in (jobs, runs, dead_letters, calendars, job_types, tenants, keys):
        root.command(commands)
    root.command(preview_, name="preview", group=WORK)
    for serve in (up, api, worker, mcp):
        root.command(serve, group=PROCESSES)
    for care in (migrate, doctor):
        root.command(care, group=CARE)

    for flag in ("--help", "--version"):
        root[flag].group = EVERYWHERE

    root.meta.suppress_keyboard_interrupt = False

    @root.meta.default
    def command_line(
        *tokens: Annotated[str, Parameter(show=False, allow_leading_hyphen=True)],
        json: Annotated[bool, Parameter(group=EVERYWHERE, help="Write JSON, for programs.")] = False,
        tenant: Annotated[
            str | None,
            Parameter(group=EVERYWHERE, help="Act in this tenant, as its admin, whatever FOLIOT_API_KEY says."),
        ] = None,
        database_url: Annotated[
            str | None, Parameter(group=EVERYWHERE, help="sqlite:///path/to/file.db (FOLIOT_DATABASE_URL).")
        ] = None,
        url: Annotated[
            str | None,
            Parameter(group=EVERYWHERE, help="Ask this server instead, as https://foliot.example.com (FOLIOT_URL)."),
        ] = None,
        key: Annotated[str | None, Parameter(group=EVERYWHERE, help="An API key (FOLIOT_API_KEY).")] = None,
    ) -> int | None:
        output.json = json
        session = Session(launcher, output, os.environ, tenant=tenant, database_url=database_url, url=url, key=key)
        command, bound, wanted = root.parse_args(_lone_hyphen_last(tokens))
        answer = command(*bound.args, **bound.kwargs, **dict.fromkeys(wanted, session))
        return _finished(answer) if inspect.iscoroutine(answer) else answer

    return root


def _lone_hyphen_last(tokens: Sequence[str]) -> Sequence[str]:
    """The tokens such that the parser takes a hyphen alone for what it is, standard input, and for no option."""
    for place, (before, token) in enumerate(pairwise(tokens), 1):
        if token == "-" and not before.startswith("-"):
            return (*tokens[:place], *tokens[place + 1 :], "--", "-")
    return tokens


def _version() -> str:
    from importlib.metadata import version

    return f"foliot {version('foliot')}"


def _usage_message(error: CycloptsError) -> str:
    if isinstance(error, UnusedCliTokensError):
        return f"Nothing takes the argument {shlex.join(error.unused_tokens or [])}."
    return str(error)


def _finished(answer: Coroutine[None, None, int | None]) -> int | None:
    return asyncio.run(answer)

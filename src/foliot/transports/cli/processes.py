"""`foliot up`, `api`, `worker`, and what one does around them: `migrate` and `doctor`."""

from datetime import timedelta
from typing import Annotated, Literal

from cyclopts import Parameter

from foliot.domain.errors import InvalidSettings
from foliot.transports.cli.arguments import DURATION
from foliot.transports.cli.exits import Exit
from foliot.transports.cli.launcher import Check
from foliot.transports.cli.layout import Cell, Column, Line, Table
from foliot.transports.cli.session import Here, Session

Application = Annotated[str, Parameter(help="Your application, as module:app.", metavar="MODULE:APP")]
OptionalApplication = Annotated[
    str | None, Parameter(help="Your application, as module:app; its job types are known then.", metavar="MODULE:APP")
]
Host = Annotated[str | None, Parameter(help="The address to listen on (FOLIOT_HOST, 127.0.0.1).")]
Port = Annotated[int | None, Parameter(help="The port to listen on; 0 is any free one (FOLIOT_PORT, 7070).")]
GrpcPort = Annotated[
    int | None, Parameter(help="The port on which gRPC listens too; 0 is any free one (FOLIOT_GRPC_PORT, none).")
]
Concurrency = Annotated[int | None, Parameter(help="How many runs to have in hand at most (FOLIOT_CONCURRENCY, 100).")]
Processes = Annotated[
    int | None, Parameter(help="How many child processes for handlers that run in one (FOLIOT_PROCESSES, 4).")
]
Queues = Annotated[
    str | None,
    Parameter(
        help="The queues to serve, with commas in between (FOLIOT_QUEUES; those of its job types).", metavar="A,B"
    ),
]
Grace = Annotated[
    timedelta | None,
    DURATION,
    Parameter(help="How long runs may take to finish when it is stopped (FOLIOT_GRACE_SECONDS, 10s)."),
]
LogLevel = Annotated[
    Literal["debug", "info", "warning", "error"] | None, Parameter(help="What to log (FOLIOT_LOG_LEVEL, info).")
]


def up(
    app: OptionalApplication = None,
    /,
    *,
    host: Host = None,
    port: Port = None,
    grpc_port: GrpcPort = None,
    concurrency: Concurrency = None,
    processes: Processes = None,
    queues: Queues = None,
    grace: Grace = None,
    log_level: LogLevel = None,
    session: Here,
) -> int:
    """Run everything in one process: the API, the engine and a worker."""
    settings = session.serving_settings(
        host=host,
        port=port,
        grpc_port=grpc_port,
        concurrency=concurrency,
        processes=processes,
        queues=queues,
        grace_seconds=_seconds(grace),
        log_level=log_level,
    )
    return session.launcher.run(settings, api=True, worker=True, app=app)


def api(
    app: OptionalApplication = None,
    /,
    *,
    host: Host = None,
    port: Port = None,
    grpc_port: GrpcPort = None,
    grace: Grace = None,
    log_level: LogLevel = None,
    session: Here,
) -> int:
    """Run the API alone."""
    settings = session.serving_settings(
        host=host, port=port, grpc_port=grpc_port, grace_seconds=_seconds(grace), log_level=log_level
    )
    return session.launcher.run(settings, api=True, worker=False, app=app)


def worker(
    app: Application,
    /,
    *,
    concurrency: Concurrency = None,
    processes: Processes = None,
    queues: Queues = None,
    grace: Grace = None,
    log_level: LogLevel = None,
    session: Here,
) -> int:
    """Run a worker: it executes the jobs of your application."""
    settings = session.serving_settings(
        concurrency=concurrency,
        processes=processes,
        queues=queues,
        grace_seconds=_seconds(grace),
        log_level=log_level,
    )
    return session.launcher.run(settings, api=False, worker=True, app=app)


def mcp(
    app: OptionalApplication = None,
    /,
    *,
    timezone: Annotated[
        str | None,
        Parameter(help="The zone of local times that come without one (FOLIOT_TIMEZONE).", metavar="ZONE"),
    ] = None,
    tool_names: Annotated[
        Literal["underscored", "dotted"] | None,
        Parameter(help="List tools as task_create or as task.create (FOLIOT_MCP_TOOL_NAMES, underscored)."),
    ] = None,
    log_level: LogLevel = None,
    session: Here,
) -> int:
    """Serve one MCP client over standard input and output, for the key in FOLIOT_API_KEY.

    With an application, its jobs run in this process too.
    """
    settings = session.serving_settings(timezone=timezone, mcp_tool_names=tool_names, log_level=log_level)
    return session.launcher.mcp(settings, app=app)


def migrate(
    *,
    sql: Annotated[bool, Parameter(help="Print the migrations as an SQL script, and change nothing.")] = False,
    to: Annotated[int | None, Parameter(help="The version to go to, forward or back.", metavar="N")] = None,
    session: Here,
) -> None:
    """Bring the database's schema to the newest version, or to another one."""
    settings = session.settings()
    if sql:
        script = session.launcher.migration_sql(settings)
        session.output.show({"sql": script}, Line(Cell(script.rstrip())))
        return
    applied = session.launcher.migrate(settings, to=to)
    said = applied or ["The schema is as wanted; nothing was to be done."]
    session.output.show({"applied": applied}, Line(Cell("\n".join(said))))


def doctor(*, session: Here) -> Exit:
    """Check database, clock, versions, disk and settings; say what to do."""
    checks = _checks(session)
    bad = any(check.status == "error" for check in checks)
    session.output.show({"ok": not bad, "checks": checks}, _check_table(checks))
    return Exit.FAILED if bad else Exit.OK


def _checks(session: Session) -> list[Check]:
    try:
        settings = session.settings()
    except InvalidSettings as error:
        return [Check("settings", "error", error.message, f"Correct or unset {error.field}.")]
    return session.launcher.checks(settings)


def _check_table(checks: list[Check]) -> Table:
    styles = {"ok": "green", "warning": "yellow", "error": "red"}
    rows = [
        [Cell(check.name), Cell(check.status, styles[check.status]), Cell(check.finding), Cell(check.advice)]
        for check in checks
    ]
    titles = [Column("check"), Column("status"), Column("finding", prose=True), Column("what to do", prose=True)]
    return Table(titles, rows, "Nothing to check.")


def _seconds(length: timedelta | None) -> float | None:
    return None if length is None else length.total_seconds()

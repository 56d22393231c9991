"""How a tool is declared: a function on the service whose signature and docstring say all that there is to say of it.

The signature is read once, when the module is loaded: its second parameter is the struct of the arguments, what it
returns is the struct of the answer. The docstring is what a model reads, the name is the function's.
"""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any, Final, get_type_hints

import msgspec

from foliot.domain.identity import Identity, Role
from foliot.domain.run import Run
from foliot.service.services import Services
from foliot.transports.mcp.reading import ArgumentReader
from foliot.transports.mcp.schema import input_schema, output_schema


class Effects(msgspec.Struct, frozen=True):
    """The four annotations of a tool, as hosts show them before they ask a person."""

    reads: bool
    destroys: bool
    is_idempotent: bool
    reaches_out: bool


READS: Final = Effects(True, False, True, False)
CHANGES: Final = Effects(False, False, True, False)
REPLACES: Final = Effects(False, True, True, False)
ENDS: Final = Effects(False, True, True, False)
STARTS_WORK: Final = Effects(False, False, False, True)
STARTS_WORK_ONCE: Final = Effects(False, False, True, True)


class Call(msgspec.Struct, frozen=True, kw_only=True):
    """What a tool gets beside its arguments.

    `client` names the program that calls. `timezone` is that of local times where the arguments name none. `report`
    tells how far a waiting tool is, from 0 to 1, with a word on it.
    """

    services: Services
    identity: Identity
    now: datetime
    client: str
    timezone: str | None
    report: Callable[[float, str], Awaitable[None]]


Function = Callable[[Call, Any], Awaitable[msgspec.Struct]]
Follow = Callable[[Call, Any], Awaitable[Run]]


class Tool:
    """One tool. `follow`, where there is one, answers a call at once with the run that a task then stands for."""

    def __init__(self, function: Function, title: str, effects: Effects, role: Role, follow: Follow | None) -> None:
        hints = get_type_hints(function, include_extras=True)
        self.name = function.__name__
        self.title = title
        self.description = " ".join((function.__doc__ or "").split())
        self.effects = effects
        self.role = role
        self.function = function
        self.follow = follow
        arguments: type[msgspec.Struct] = hints["arguments"]
        self.input_schema = input_schema(arguments)
        self.output_schema = output_schema(hints["return"])
        self.read = ArgumentReader(arguments, self.input_schema).read

    @property
    def dotted_name(self) -> str:
        """The same name as `namespace.verb`."""
        return self.name.replace("_", ".", 1)


def tool(
    title: str, *, effects: Effects, role: Role = Role.VIEWER, follow: Follow | None = None
) -> Callable[[Function], Tool]:
    """Declare a function as a tool. That is all: `catalogue` finds it."""

    def declare(function: Function) -> Tool:
        return Tool(function, title, effects, role, follow)

    return declare

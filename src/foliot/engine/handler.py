"""A handler: the function of a job type, and where it runs."""

import asyncio
import copy
import inspect
from collections.abc import Callable
from typing import Any, Literal, get_type_hints

import msgspec

from foliot.domain.errors import InvalidPolicy
from foliot.domain.job_type import JobType
from foliot.domain.policy import Policy
from foliot.engine.context import Context
from foliot.engine.result import encode_result

Execution = Literal["async", "thread", "process"]


class Handler(msgspec.Struct, frozen=True, kw_only=True):
    """A job type with the function that does it.

    `execution` says where: on the event loop, in a thread, or in a child process that can be killed.
    `takes_context` is whether the first argument is the `Context`; `parameters` are the names of the others, of which
    the last `keyword_only` must be passed by name.
    """

    job_type: JobType
    function: Callable[..., Any]
    execution: Execution
    takes_context: bool
    parameters: tuple[str, ...]
    keyword_only: int

    def bind(self, payload: str | bytes, context: Context) -> Callable[[], Any]:
        """The call of the function with the payload as its arguments.

        Raises:
            InvalidPayload: it does not fit.
        """
        decoded = self.job_type.decode(payload)
        values = [getattr(decoded, name) for name in self.parameters]
        if self.takes_context:
            values.insert(0, context)
        if not self.keyword_only:
            return lambda: self.function(*values)
        named = dict(zip(self.parameters[-self.keyword_only :], values[-self.keyword_only :], strict=True))
        return lambda: self.function(*values[: -self.keyword_only], **named)


def handler_of(
    function: Callable[..., Any],
    *,
    name: str | None = None,
    policy: Policy | None = None,
    execution: Execution | None = None,
) -> Handler:
    """A handler made from a function with typed arguments.

    The arguments become the payload's members; their annotations are what a payload is checked against.
    An argument annotated `Context`, which must be the first, is not part of the payload.
    Coroutine functions run on the event loop, others in a thread, unless `execution` says otherwise.

    Raises:
        InvalidPolicy: the function cannot be a handler, or its name or policy cannot be used.
        InvalidUnique: its policy is unique by what makes no sense.
    """
    is_async = inspect.iscoroutinefunction(function)
    chosen: Execution = execution or ("async" if is_async else "thread")
    called = name or function.__name__
    if is_async and chosen == "thread":
        raise InvalidPolicy(f"{called} is a coroutine function; it runs as async or process, not in a thread.")
    if not is_async and chosen == "async":
        raise InvalidPolicy(f"{called} is a plain function; it runs as thread or process, or make it `async def`.")
    takes_context, fields, keyword_only = _fields(function, called)
    try:
        arguments = msgspec.defstruct(f"{called} arguments", fields, kw_only=True, forbid_unknown_fields=True)
        schema = msgspec.json.schema(arguments)
        msgspec.json.Decoder(arguments)
    except TypeError as error:
        raise InvalidPolicy(f"The arguments of {called} cannot be read from JSON: {error}.") from None
    job_type = JobType(
        name=called, policy=policy or Policy(), arguments=arguments, schema=schema,
        description=inspect.cleandoc(function.__doc__ or "").partition("\n")[0],
    )  # fmt: skip
    return Handler(
        job_type=job_type.checked(), function=function, execution=chosen, takes_context=takes_context,
        parameters=tuple(field[0] for field in fields), keyword_only=keyword_only,
    )  # fmt: skip


def _fields(function: Callable[..., Any], called: str) -> tuple[bool, list[Any], int]:
    hints = get_type_hints(function)
    takes_context = False
    fields: list[Any] = []
    keyword_only = 0
    for position, parameter in enumerate(inspect.signature(function).parameters.values()):
        kind = hints.get(parameter.name, Any)
        if kind is Context:
            if position or parameter.kind is parameter.KEYWORD_ONLY:
                raise InvalidPolicy(f"The Context of {called} must be its first argument.")
            takes_context = True
            continue
        if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
            raise InvalidPolicy(
                f"{called} takes *{parameter.name}; name each argument, so that payloads can be checked."
            )
        keyword_only += parameter.kind is parameter.KEYWORD_ONLY
        if parameter.default is parameter.empty:
            fields.append((parameter.name, kind))
        else:
            fields.append((parameter.name, kind, _default(parameter.default)))
    return takes_context, fields, keyword_only


def _default(value: Any) -> Any:
    """A default as msgspec wants it: what can change is made anew for each payload."""
    return msgspec.field(default_factory=lambda: copy.copy(value)) if isinstance(value, list | dict | set) else value


def call_to_end(call: Callable[[], Any]) -> bytes:
    """Run a bound call to its end in this thread; its result as JSON. A coroutine gets an event loop of its own."""
    returned = call()
    return encode_result(asyncio.run(returned) if inspect.iscoroutine(returned) else returned)

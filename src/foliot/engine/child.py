"""The main program of a child process: it runs one handler after another, as it is told on its standard input.

Its own standard output becomes standard error, so that what a handler prints cannot be taken for an answer.
"""

import importlib
import json
import os
import runpy
import sys
import threading
import time
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any, BinaryIO, Final

import msgspec

from foliot.domain.ending import raised
from foliot.domain.errors import PermanentError
from foliot.domain.run import Note
from foliot.engine.context import Context
from foliot.engine.handler import Handler, call_to_end, handler_of
from foliot.engine.processes import Answer, Broke, Done, Errand, Said

_HEADER_BYTES: Final = 4
_LOOK_SECONDS: Final = 1.0
_SENDING: Final = threading.Lock()


class _Clock:
    def now(self) -> datetime:
        return datetime.now(UTC)


def main() -> None:
    """Serve until the parent closes the pipe."""
    errands, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    with Path(os.devnull).open("rb") as nothing:
        os.dup2(nothing.fileno(), 0)
    os.dup2(2, 1)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    decoder = msgspec.msgpack.Decoder(Errand)
    while header := errands.read(_HEADER_BYTES):
        errand = decoder.decode(errands.read(int.from_bytes(header, "big")))
        _carry_out(errand, answers)


def _carry_out(errand: Errand, answers: BinaryIO) -> None:
    is_over = False

    def note(said: Note) -> None:
        with _SENDING:
            if not is_over:  # a thread that the handler has left behind must not speak in the next errand
                _send(answers, Said(said.message, said.fraction, said.fields))

    try:
        handler = _handler(errand.module, errand.name, errand.main)
        context = Context(errand.claimed, _Clock(), note)
        context.parents = errand.parents
        answer: Answer = Done(call_to_end(handler.bind(errand.claimed.payload, context)))
    except BaseException as error:  # also `sys.exit()`: how a handler ends is told, always
        answer = Broke(raised(error))
    with _SENDING:
        is_over = True
        _send(answers, answer)


@cache
def _handler(module: str, name: str, main: str | None) -> Handler:
    try:
        if main is None:
            found: Any = importlib.import_module(module)
        else:
            found = _Namespace(runpy.run_path(main, run_name="__foliot_child__"))
        for part in name.split("."):
            found = getattr(found, part)
    except (ImportError, AttributeError, OSError) as error:
        raise PermanentError(
            f"{module}.{name} cannot be loaded in a child process ({error}); define it at the top level of a module."
        ) from error
    handler = getattr(found, "handler", None)
    return handler if isinstance(handler, Handler) else handler_of(found)


class _Namespace:
    def __init__(self, names: dict[str, Any]) -> None:
        self.__dict__.update(names)


def _send(answers: BinaryIO, answer: Answer) -> None:
    frame = msgspec.msgpack.encode(answer)
    answers.write(len(frame).to_bytes(_HEADER_BYTES, "big") + frame)
    answers.flush()


def _end_with_parent() -> None:
    """A handler that is stuck must not outlive a worker that was killed."""
    parent = os.getppid()
    while os.getppid() == parent:
        time.sleep(_LOOK_SECONDS)
    os._exit(1)


if __name__ == "__main__":
    sys.path, sys.argv = json.loads(sys.argv[1])  # the parent's: what it could load, this process can
    main()

"""What can be measured, by name."""

from collections.abc import Callable, Generator, Mapping
from typing import Final

from bench.result import Result
from bench.scenarios.bare import bare
from bench.scenarios.drain import drain
from bench.scenarios.grpc import grpc
from bench.scenarios.history import history
from bench.scenarios.http import http
from bench.scenarios.idle import idle
from bench.scenarios.kill import kill
from bench.scenarios.planning import planning
from bench.scenarios.rate import rate
from bench.scenarios.soak import soak
from bench.scenarios.submit import submit
from bench.scenarios.sustain import sustain
from bench.workbench import Workbench

SCENARIOS: Final[Mapping[str, Callable[[Workbench], Generator[Result, None, None]]]] = {
    "submit": submit, "drain": drain, "sustain": sustain, "rate": rate, "http": http, "grpc": grpc, "bare": bare,
    "history": history, "idle": idle, "kill": kill, "soak": soak, "planning": planning,
}  # fmt: skip

USUAL: Final = ("submit", "drain", "sustain", "rate", "http")
"""Those that together take a minute or two, and tell most."""

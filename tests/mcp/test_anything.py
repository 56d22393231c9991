"""Whatever a model sends, it gets an answer or words that say what to mend: never a fault of ours."""

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from foliot.transports.mcp.catalogue import TOOLS
from tests.http.test_anything import values
from tests.mcp.house import Hall

LENIENT = settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])

words = st.sampled_from([
    "any", "greet", "08:00", "2099-01-01T08:00", "2099-01-01T08:00:00Z", "10m", "1h30m", "0 8 * * *", "FREQ=DAILY",
    "Europe/Berlin", "UTC", "01a21b2f-45e0-73bc-9239-b38537b4e0dd", "succeeded", "active", "high",
    "\x00", "\ud800", "9" * 400,
])  # fmt: skip


@st.composite
def calls(draw: st.DrawFn) -> tuple[str, dict[str, Any]]:
    """A tool and arguments of its names, mostly."""
    name = draw(st.sampled_from(sorted(TOOLS)))
    members = sorted(TOOLS[name].input_schema["properties"])
    names = st.sampled_from(members) | st.text(max_size=8)
    arguments = draw(st.dictionaries(names, words | st.integers(-5, 200) | values, max_size=5))
    if name == "task_create" and draw(st.booleans()):
        arguments["type"] = "any"
    return name, arguments


@LENIENT
@given(call=calls())
async def test_any_call_is_answered_or_refused_in_words(foliot: Hall, call: tuple[str, dict[str, Any]]) -> None:
    name, arguments = call
    if arguments.get("timeout_seconds") is not None:
        arguments["timeout_seconds"] = 0.01
    await foliot.raw(name, **arguments)

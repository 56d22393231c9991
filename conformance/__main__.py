"""`./dev conformance`: hold /mcp against the official conformance suite, and let the Inspector be its client."""

import asyncio
import json
import logging
import re
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import structlog

from conformance.programs import MissingProgram, Programs
from conformance.server import serving

_HERE: Final = Path(__file__).parent
_FOLDER: Final = _HERE.parent / ".conformance"
_COLOURS: Final = re.compile(r"\x1b\[\d+m")
_SUITES: Final = {
    "2026-07-28": (["--requirements", "2026-07-28"], "expected-failures.yml"),
    "2025-11-25": (["--spec-version", "2025-11-25"], "expected-failures-2025.yml"),
}
_PAST: Final = {"type": "slow_compute", "payload": {"seconds": 3, "label": "done"}, "at": "2020-01-01T00:00:00Z"}


def main() -> int:
    """Run all, print figures; the exit code is 1 if something is not as expected."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    try:
        programs = Programs(_FOLDER)
    except MissingProgram as error:
        print(error, file=sys.stderr)
        return 1
    return asyncio.run(_try_all(programs))


async def _try_all(programs: Programs) -> int:
    failed = False
    with tempfile.TemporaryDirectory() as folder:
        async with serving(Path(folder)) as url:
            for name in _SUITES:
                failed |= not await asyncio.to_thread(_suite, programs, url, name)
            for era in ("modern", "legacy"):
                failed |= not await asyncio.to_thread(_inspector, programs, url, era)
    return int(failed)


def _suite(programs: Programs, url: str, name: str) -> bool:
    chosen, expected = _SUITES[name]
    done = programs.run(
        "conformance",
        "server",
        "--url",
        url,
        *chosen,
        "-o",
        f"results-{name}",
        "--expected-failures",
        str(_HERE / expected),
    )
    said = _COLOURS.sub("", done.stdout)
    scenarios = re.findall(r"^([✓✗]) \S+: (\d+) passed, (\d+) failed$", said, re.MULTILINE)
    whole = sum(mark == "✓" for mark, _, _ in scenarios)
    passed, missed = (sum(int(row[column]) for row in scenarios) for column in (1, 2))
    ok = done.returncode == 0 and bool(scenarios)
    print(
        f"conformance {name}: {whole} of {len(scenarios)} scenarios, {passed} of {passed + missed} checks; "
        + ("all else is expected" if ok else "NOT AS EXPECTED")
    )
    if not ok:
        print(said[said.find("Unexpected") if "Unexpected" in said else -2000 :] + done.stderr, file=sys.stderr)
    return ok


def _inspector(programs: Programs, url: str, era: str) -> bool:
    """List strictly, read, and take a time in the past to its result: where the client knows tasks, as a task."""

    def ask(*arguments: str) -> Any:
        common = ["--transport", "http", "--protocol-era", era, "--format", "json", "--stored-auth-only"]
        done = programs.run("mcp-inspector", "--cli", url, *common, *arguments)
        if done.returncode:
            raise AssertionError(f"mcp-inspector {' '.join(arguments)}: exit code {done.returncode}\n{done.stderr}")
        return json.loads(done.stdout)["result"]

    def call(tool: str, arguments: dict[str, Any]) -> Any:
        result = ask("--method", "tools/call", "--tool-name", tool, "--tool-args-json", json.dumps(arguments))
        return result["structuredContent"]

    steps: list[Callable[[], bool]] = [
        lambda: len(ask("--method", "tools/list", "--strict")["tools"]) >= 18,
        lambda: len(ask("--method", "prompts/list")["prompts"]) >= 4,
        lambda: len(ask("--method", "resources/templates/list")["resourceTemplates"]) == 4,
        lambda: call("task_wait", {"run_id": call("task_create", _PAST | {"key": era})["run_id"]})["result"] == "done",
    ]
    try:
        ok = all(step() for step in steps)
    except (AssertionError, KeyError, ValueError) as error:
        print(error, file=sys.stderr)
        ok = False
    print(f"inspector {era}: " + (f"{len(steps)} of {len(steps)} steps" if ok else "FAILED"))
    return ok


if __name__ == "__main__":
    sys.exit(main())

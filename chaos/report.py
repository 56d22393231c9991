"""What came of a drill, for people."""

import math
from collections.abc import Mapping, Sequence
from typing import Final

import msgspec
from rich.console import Console
from rich.table import Table

from chaos.judge import Verdict
from chaos.recovery import Recovery

_WIDTH: Final = 140
_MOST_TOLD: Final = 10


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """`answers` counts what clients were told; `remarks` are violations that no run can be blamed for."""

    scenario: str
    broker: str
    seed: int
    accepted: int
    answers: Mapping[str, int]
    executed: int
    verdict: Verdict
    remarks: Sequence[str]
    recoveries: Sequence[Recovery]
    recovers_within: float
    slowest_start: float
    logged: Mapping[str, int]
    seconds: float

    @property
    def violations(self) -> list[str]:
        """What is wrong, however long it took."""
        return [*self.verdict.violations, *self.remarks]

    @property
    def recovery(self) -> float:
        """The longest of all; infinite if one was not seen."""
        return max((math.inf if each.seconds is None else each.seconds for each in self.recoveries), default=0.0)

    @property
    def told(self) -> list[str]:
        """The story of the drill, in lines."""
        lines = [_told(recovery) for recovery in self.recoveries]
        lines.append("answers: " + ", ".join(f"{count:,} {fate}" for fate, count in sorted(self.answers.items())))
        lines += [f"curious: {what}" for what in self.verdict.curious]
        lines += [f"logged {count} times: {what}" for what, count in self.logged.items()]
        found = self.violations
        lines += [f"VIOLATION: {what}" for what in found[:_MOST_TOLD]]
        if len(found) > _MOST_TOLD:
            lines.append(f"VIOLATION: and {len(found) - _MOST_TOLD:,} more")
        return lines


def show(reports: Sequence[Report]) -> None:
    """Print the table."""
    table = Table()
    table.add_column("scenario")
    table.add_column("broker")
    titles = ("jobs accepted", "attempts", "lost", "doubled", "illegal", "wrong", "recovery s", "slowest start s")
    for title in titles:
        table.add_column(title, justify="right")
    for report in reports:
        verdict = report.verdict
        counts = [len(found) for found in (verdict.lost, verdict.doubled, verdict.illegal, verdict.wrong)]
        counts[-1] += len(report.remarks)
        table.add_row(
            report.scenario, report.broker, f"{report.accepted:,}", f"{report.executed:,}",
            *(f"{count:,}" for count in counts), f"{report.recovery:.1f}", f"{report.slowest_start:.1f}",
        )  # fmt: skip
    Console(width=_WIDTH).print(table)
    print(
        "recovery: the longest, over all faults, from the end of one until jobs that are offered begin within a second"
    )
    print("again (nine of ten), and from the death or stop of a worker until all that it had in hand runs elsewhere.")
    print("slowest start: the longest that a job waited from when it was due until it first began, faults included.")


def _told(recovery: Recovery) -> str:
    fault = recovery.fault
    lasted = (fault.ended or fault.began) - fault.began
    after = "never seen to be" if recovery.on_time is None else f"{recovery.on_time:.1f} s"
    line = f"{fault.what} ({lasted:.1f} s); jobs on time again after {after}, all late ones begun after"
    line += f" {recovery.caught_up:.1f} s"
    if fault.held:
        line += f"; {len(fault.held)} runs were in hand"
    if recovery.taken_over:
        first, last = recovery.taken_over[0], recovery.taken_over[-1]
        line += (
            f", {len(recovery.taken_over)} ran elsewhere, the first after {first:.1f} s, the last after {last:.1f} s"
        )
    return line

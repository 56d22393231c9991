"""What must hold whatever happened, and where it does not."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence

import msgspec

from chaos.clients import Fate
from chaos.evidence import Case, Evidence
from chaos.ledger import Effect
from chaos.load import Receipt
from chaos.stage import is_of
from foliot import RunState
from foliot.domain.states import follow


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """What is wrong, a sentence each. `curious` is not forbidden, and worth a look all the same."""

    lost: Sequence[str]
    doubled: Sequence[str]
    illegal: Sequence[str]
    wrong: Sequence[str]
    curious: Sequence[str]

    @property
    def violations(self) -> list[str]:
        """All that must not be."""
        return [
            f"{kind}: {what}"
            for kind, found in (
                ("lost", self.lost), ("doubled", self.doubled), ("illegal", self.illegal), ("wrong", self.wrong)
            )
            for what in found
        ]  # fmt: skip


def judge(evidence: Evidence) -> Verdict:
    """Hold all that is known against the promises."""
    return Verdict(
        lost=list(_lost(evidence)),
        doubled=list(_doubled(evidence)),
        illegal=[what for case in evidence.cases.values() for what in _illegal(case)],
        wrong=[*_wrong_answers(evidence), *_wrong_ends(evidence), *_wrong_executions(evidence)],
        curious=list(_curious(evidence)),
    )


def _lost(evidence: Evidence) -> Iterator[str]:
    """Once submit has answered, the job survives, and comes to an end."""
    for receipt in evidence.receipts:
        if receipt.answer.fate is not Fate.ACCEPTED:
            continue
        case = evidence.cases.get(receipt.answer.run_id or "")
        if case is None:
            yield f"{_told(receipt)} was accepted as run {receipt.answer.run_id}, and there is no such run"
    for case in evidence.cases.values():
        if not case.run.state.is_over:
            yield f"{_case(case)} is still {case.run.state}"


def _doubled(evidence: Evidence) -> Iterator[str]:
    """One job a submit, one outcome an attempt, one effect a completion."""
    for number, count in Counter(evidence.jobs).items():
        if count > 1:
            yield f"order {number} was stored as {count} jobs"
    for case in evidence.cases.values():
        if case.rows > 1:
            yield f"{_case(case)} has {case.rows} ends"
        leases = Counter(attempt.lease for attempt in case.attempts)
        for lease, count in leases.items():
            if count > 1:
                yield f"{_case(case)}: its attempt under lease {lease} has {count} outcomes"
    for (run_id, lease), count in Counter((noted.run_id, noted.lease) for noted in evidence.executions).items():
        if count > 1:
            yield f"run {run_id} was executed {count} times under lease {lease}"
    for run_id, effects in _effects_by_run(evidence).items():
        if len(effects) > 1:
            yield f"run {run_id} has {len(effects)} effects: {effects}"


def _illegal(case: Case) -> Iterator[str]:
    """The event log is a walk along the transition table, in order, that ends where the run is."""
    kinds = [event.type for event in case.events]
    if follow(kinds) != {case.run.state}:
        yield f"{_case(case)} is {case.run.state}, and its story is {[kind.value for kind in kinds]}"
    if case.run.state.is_over and sum(kind.value == f"run.{case.run.state}" for kind in kinds) != 1:
        yield f"{_case(case)} does not end once: {[kind.value for kind in kinds]}"
    times = [event.at for event in case.events]
    if times != sorted(times):
        yield f"{_case(case)}: the times of its story go back: {times}"
    leases = [attempt.lease for attempt in case.attempts]
    if leases != list(range(1, case.run.lease + 1)):
        yield f"{_case(case)}: its attempts are told with the leases {leases}, and it had {case.run.lease}"


def _wrong_ends(evidence: Evidence) -> Iterator[str]:
    """Each kind of job ends as it must, with its own result, and with an effect or without."""
    kinds = {receipt.order.number: receipt.order.kind for receipt in evidence.receipts}
    effects = _effects_by_run(evidence)
    for run_id in effects.keys() - evidence.cases.keys():
        yield f"there is an effect of run {run_id}, which is unknown"
    for case in evidence.cases.values():
        if (kind := kinds.get(case.number)) is None:
            yield f"{_case(case)} was ordered by nobody"
            continue
        wanted = RunState.FAILED if kind == "doomed" else RunState.SUCCEEDED
        if case.run.state.is_over and case.run.state is not wanted:
            yield f"{_case(case)} ({kind}) has {case.run.state}: {case.run.error and case.run.error.message}"
        if case.run.state is RunState.SUCCEEDED and msgspec.json.decode(case.run.result or b"null") != case.number:
            yield f"{_case(case)} ({kind}) returned {case.run.result!r}"
        leases = [effect.lease for effect in effects.get(case.run.id, ())]
        due = [case.run.lease] if kind == "charge" and case.run.state is RunState.SUCCEEDED else []
        if leases[:1] != due:
            yield f"{_case(case)} ({kind}) ended under lease {case.run.lease}, and has effects of the leases {leases}"


def _wrong_executions(evidence: Evidence) -> Iterator[str]:
    """Nothing runs before its time, nor but under a lease that the store has given, to that worker."""
    for noted in evidence.executions:
        if (case := evidence.cases.get(noted.run_id)) is None:
            yield f"run {noted.run_id} was executed, and is unknown"
            continue
        if noted.at < noted.due_at:
            yield f"{_case(case)} began {noted.due_at - noted.at:.6f} s early"
        holders = [attempt.worker for attempt in case.attempts if attempt.lease == noted.lease]
        if not any(is_of(worker, noted.pid) for worker in holders):
            yield f"{_case(case)} was executed by process {noted.pid} under lease {noted.lease}, which {holders} had"


def _wrong_answers(evidence: Evidence) -> Iterator[str]:
    """Who cannot be served is told so, and not that there is a fault in the server."""
    whys = Counter(receipt.answer.why for receipt in evidence.receipts if receipt.answer.fate is Fate.BROKEN)
    for why, count in whys.items():
        yield f"{count} submits were answered with {why}"


def _curious(evidence: Evidence) -> Iterator[str]:
    """An error says that nothing was stored, and it was: the last try of several, of which nobody heard."""
    stored = set(evidence.jobs)
    whys = Counter(
        receipt.answer.why for receipt in evidence.receipts
        if receipt.answer.fate is Fate.REFUSED and receipt.order.number in stored
    )  # fmt: skip
    for why, count in whys.items():
        yield f"{count} submits were refused ({why}), and the jobs are stored"


def _effects_by_run(evidence: Evidence) -> Mapping[str, list[Effect]]:
    found: dict[str, list[Effect]] = defaultdict(list)
    for effect in evidence.effects:
        found[effect.run_id].append(effect)
    return found


def _told(receipt: Receipt) -> str:
    return f"order {receipt.order.number} ({receipt.order.kind}, by {receipt.way})"


def _case(case: Case) -> str:
    return f"order {case.number}, run {case.run.id},"

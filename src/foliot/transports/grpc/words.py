"""The enums of the .proto files, and the words of the domain that they stand for."""

from collections.abc import Iterable, Mapping
from typing import Any, Final, Generic, Literal, TypeVar, get_args

from foliot.domain.errors import InvalidRequest
from foliot.domain.parents import Join, WaitFor
from foliot.domain.priority import Priority
from foliot.domain.retry import Verdict
from foliot.domain.schedule import Fold, Gap
from foliot.domain.states import JobState, RunState
from foliot.transports.grpc.generated.scheduler.v1 import job_pb2, policy_pb2, run_pb2, schedule_pb2, status_pb2

Word = TypeVar("Word")
Backoff = Literal["fixed", "linear", "exponential"]
Jitter = Literal["full", "none"]
MonthEnd = Literal["skip", "last_valid"]


class Words(Generic[Word]):
    """An enum whose values are a prefix and the words, in capitals; 0 stands for nothing said."""

    def __init__(self, enum: Any, prefix: str, words: Iterable[Word]) -> None:
        self._words: dict[int, Word] = {}
        self._numbers: dict[Word, Any] = {}
        for word in words:
            number = enum.Value(prefix + (word.label if isinstance(word, Priority) else str(word)).upper())
            self._words[number] = word
            self._numbers[word] = number

    def said(self, number: int, field: str) -> Word | None:
        """The word, or None for 0.

        Raises:
            InvalidRequest: the enum has no such number.
        """
        if number == 0:
            return None
        if number not in self._words:
            raise InvalidRequest(f"{field} has no value {number}; the .proto file lists all.", field)
        return self._words[number]

    def number(self, word: Word | None) -> Any:
        """The value of the enum, which generated code has a type of its own for each of; 0 for None."""
        return 0 if word is None else self._numbers[word]


PRIORITIES: Final = Words(job_pb2.Priority, "PRIORITY_", Priority)
RUN_STATES: Final = Words(run_pb2.RunState, "RUN_STATE_", RunState)
WAITS: Final = Words(job_pb2.WaitFor, "WAIT_FOR_", WaitFor)
JOINS: Final = Words(job_pb2.Join, "JOIN_", Join)
VERDICTS: Final = Words(policy_pb2.Verdict, "VERDICT_", Verdict)
BACKOFFS: Final[Words[Backoff]] = Words(policy_pb2.Backoff, "BACKOFF_", get_args(Backoff))
JITTERS: Final[Words[Jitter]] = Words(policy_pb2.Jitter, "JITTER_", get_args(Jitter))
GAPS: Final[Words[Gap]] = Words(schedule_pb2.Gap, "GAP_", get_args(Gap))
FOLDS: Final[Words[Fold]] = Words(schedule_pb2.Fold, "FOLD_", get_args(Fold))
MONTH_ENDS: Final[Words[MonthEnd]] = Words(schedule_pb2.MonthEnd, "MONTH_END_", get_args(MonthEnd))

OF_A_RUN: Final[Mapping[RunState, status_pb2.JobState]] = {
    RunState.BLOCKED: status_pb2.JOB_STATE_BLOCKED,
    RunState.PENDING: status_pb2.JOB_STATE_PENDING,
    RunState.QUEUED: status_pb2.JOB_STATE_QUEUED,
    RunState.RUNNING: status_pb2.JOB_STATE_RUNNING,
    RunState.RETRYING: status_pb2.JOB_STATE_RETRYING,
    RunState.SUCCEEDED: status_pb2.JOB_STATE_SUCCEEDED,
    RunState.FAILED: status_pb2.JOB_STATE_DEADLETTER,
    RunState.CANCELLED: status_pb2.JOB_STATE_CANCELLED,
    RunState.EXPIRED: status_pb2.JOB_STATE_EXPIRED,
    RunState.SKIPPED: status_pb2.JOB_STATE_SKIPPED,
}
"""Where a job that runs once stands: where its run does."""

OF_A_SCHEDULE: Final[Mapping[JobState, status_pb2.JobState]] = {
    JobState.ACTIVE: status_pb2.JOB_STATE_ACTIVE,
    JobState.PAUSED: status_pb2.JOB_STATE_PAUSED,
    JobState.COMPLETED: status_pb2.JOB_STATE_COMPLETED,
    JobState.CANCELLED: status_pb2.JOB_STATE_CANCELLED,
}
"""Where a job that recurs stands."""

"""What of a batch of submissions is to be stored, and how; the same in every store."""

from collections.abc import Sequence

import msgspec

from foliot.adapters.keyring import Keyring
from foliot.domain.states import RunState
from foliot.ports import Submission, Submitted


class Sorted(msgspec.Struct, frozen=True):
    """The answers to a batch, in its order, and what is to be stored of it: nothing for a key that was known.

    Of the `plain` ones the run can be told from the job, which holds for nearly all.
    """

    answers: list[Submitted]
    plain: list[Submission]
    others: list[Submission]

    @property
    def fresh(self) -> list[Submission]:
        """All that is to be stored."""
        return self.others + self.plain

    @property
    def has_parents(self) -> bool:
        """Whether some of it waits for something."""
        return any(submission.job.after is not None for submission in self.others)


def sort(batch: Sequence[Submission], keyring: Keyring | None) -> Sorted:
    """Sort a batch; the keyring, if any of it has a key, knows who has these."""
    found = Sorted([], [], [])
    for asked in batch:
        submission = asked
        if keyring is not None and asked.key is not None:
            if (known := keyring.answer(asked)) is not None:
                found.answers.append(known)
                continue
            submission = keyring.stored(asked)
        job, run = submission.job, submission.run
        (found.plain if is_plain(submission) else found.others).append(submission)
        found.answers.append(Submitted(job.id, None if run is None else run.id, True, submission.fingerprint))
    return found


def is_plain(submission: Submission) -> bool:
    """Whether the run can be told from its job: it is queued at once, and waits for nothing."""
    job, run = submission.job, submission.run
    return (
        run is not None and run.id == job.id and run.state is RunState.QUEUED and not run.remote
        and run.due_at == run.queued_at == job.created_at and run.expires_at is None
    )  # fmt: skip

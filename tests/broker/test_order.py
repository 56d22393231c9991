"""Which runs come first: by time within a priority, by weight between priorities, by turns between queues."""

from collections import Counter
from collections.abc import Iterable, Mapping
from random import Random

from foliot.domain.priority import WEIGHTS, Priority
from foliot.domain.run import Claimed
from tests.broker.brokers import Process, ids_of, joined
from tests.contract.builders import after, submission


async def test_within_a_priority_the_oldest_is_first(process: Process) -> None:
    published = [await process.submit(submission(due_at=after(n), created_at=after(n))) for n in range(5)]
    claimed = [await process.claim(limit=limit, now=after(10)) for limit in (1, 3, 1)]
    assert joined(claimed) == joined(published)


async def test_a_batch_keeps_its_order_though_its_types_alternate(process: Process) -> None:
    batch = [submission(type=job_type, due_at=after(n / 1000)) for n, job_type in enumerate("abbaababbb" * 7, 1)]
    await process.store.submit(batch)
    promoted = await process.store.promote(after(1), 100)
    await process.broker.publish(sorted(promoted.runs, key=lambda run: run.run_id))
    claimed = [await process.claim(limit=limit, now=after(1)) for limit in (1, 2, 7, 40, 20)]
    assert joined(claimed) == ids_of(batch)


async def test_a_claim_of_one_takes_the_most_urgent(process: Process) -> None:
    for priority in reversed(Priority):
        await process.submit(submission(priority=priority))
    assert [(await process.claim(limit=1))[0].priority for _ in Priority] == list(Priority)


async def test_few_urgent_runs_go_before_a_backlog(process: Process) -> None:
    await _backlog(process, dict.fromkeys((Priority.DEFAULT, Priority.LOW), 100))
    await process.submit(*[submission(priority=Priority.CRITICAL) for _ in range(5)])
    assert {run.priority for run in await process.claim(limit=5)} == {Priority.CRITICAL}


async def test_a_large_claim_is_shared_by_weight(process: Process) -> None:
    await _backlog(process, dict.fromkeys(Priority, 100))
    assert _counted(await process.claim(limit=sum(WEIGHTS.values()))) == WEIGHTS


async def test_what_a_priority_does_not_need_the_others_get(process: Process) -> None:
    await _backlog(process, {Priority.CRITICAL: 10, Priority.DEFAULT: 100, Priority.LOW: 100})
    claimed = _counted(await process.claim(limit=60))
    assert claimed == {Priority.CRITICAL: 10, Priority.DEFAULT: 40, Priority.LOW: 10}


async def test_low_never_starves_though_each_claim_takes_one(process: Process) -> None:
    await _backlog(process, dict.fromkeys(Priority, 400))
    random, served = Random(6), Counter[Priority]()
    for _ in range(400):
        draws = {priority: (random.random(), float(weight)) for priority, weight in WEIGHTS.items()}
        served.update(run.priority for run in await process.claim(limit=1, handicaps=draws))
    assert served.total() == 400
    assert served[Priority.LOW] >= 1
    assert served[Priority.CRITICAL] > served[Priority.HIGH] > served[Priority.DEFAULT] > served[Priority.LOW]


async def test_a_handicap_decides_between_priorities(process: Process) -> None:
    await process.submit(submission(priority=Priority.LOW), submission(priority=Priority.CRITICAL))
    lucky = {Priority.CRITICAL: (0.0, 64.0), Priority.LOW: (0.999, 1.0)}
    assert [run.priority for run in await process.claim(limit=1, handicaps=lucky)] == [Priority.LOW]


async def test_no_queue_starves_another(process: Process) -> None:
    queues = ["a", "b", "c"]
    await process.submit(*[submission(queue=queue) for queue in queues for _ in range(200)])
    random, served = Random(7), Counter[str]()
    for _ in range(90):
        wanted = random.sample(queues, 3)
        served.update(run.queue for run in await process.claim(queues=wanted, limit=random.choice([1, 2, 3])))
    assert min(served[queue] for queue in queues) >= 30


async def _backlog(process: Process, counts: Mapping[Priority, int]) -> None:
    await process.submit(*[submission(priority=priority) for priority, count in counts.items() for _ in range(count)])


def _counted(claimed: Iterable[Claimed]) -> Counter[Priority]:
    return Counter(run.priority for run in claimed)

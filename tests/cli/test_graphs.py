"""`foliot job submit --after`, `foliot job graph`."""

from foliot.domain.states import RunState
from tests.cli.conftest import Shell, Worker


def test_a_job_may_come_after_others(foliot: Shell) -> None:
    one, other = foliot.submit(), foliot.submit()
    child = foliot.submit("--after", one, "--after", other, "--wait-for", "finished", "--join", "any")
    shown = foliot.json("job", "show", child)
    assert [(parent["job_id"], parent["wait_for"]) for parent in shown["parents"]] == [
        (one, "finished"),
        (other, "finished"),
    ]
    assert shown["join"] == "any"
    assert foliot.json("run", "show", child)["state"] == RunState.BLOCKED
    assert "What waits for it" in foliot("job", "show", one).out


def test_an_unknown_parent_is_refused(foliot: Shell) -> None:
    said = foliot("job", "submit", "greet", "--after", "01890000-0000-7000-8000-000000000000", "--json")
    assert (said.out, said.error["code"], said.error["field"]) == ("", "unknown_parent", "parents")


def test_a_graph_is_drawn_with_its_states(foliot: Shell) -> None:
    head = foliot.submit()
    left = foliot.submit("--after", head)
    right = foliot.submit("--after", head, "--wait-for", "failed")
    last = foliot.submit("--after", left, "--after", right, "--join", "any")
    lines = foliot("job", "graph", head).out.splitlines()[1:]
    assert [" ".join(line.split()) for line in lines] == [
        f"{head} queued greet",
        f"├─ {left} blocked greet",
        f"│ ↓ {last} blocked greet",
        f"└─ {right} blocked greet waits for failed",
        f"↓ {last} blocked greet see above",
    ]
    foliot.work(Worker.fail)
    assert foliot.json("run", "show", left)["state"] == RunState.SKIPPED
    assert {member["job_id"]: member["state"] for member in foliot.json("job", "graph", head)["members"]} == {
        head: "failed",
        left: "skipped",
        right: "queued",
        last: "blocked",
    }


def test_a_long_chain_stays_within_the_page(foliot: Shell) -> None:
    head = last = foliot.submit()
    for _ in range(5):
        last = foliot.submit("--after", last)
    lines = foliot("job", "graph", head).out.splitlines()
    assert len({len(line) for line in lines[2:]}) == 1


def test_a_graph_shows_what_its_job_waits_for(foliot: Shell) -> None:
    head = foliot.submit()
    child = foliot.submit("--after", head)
    said = foliot("job", "graph", child).out
    assert said.index("Waits for") < said.index(head) < said.rindex(child)


def test_what_comes_after_a_recurring_job_is_drawn_with_the_newest_runs(foliot: Shell) -> None:
    def submitted(*more: str) -> str:
        return str(foliot.json("job", "submit", "greet", *more)["job_id"])

    head = submitted("--every", "1h")
    child = submitted("--after", head)
    last = submitted("--after", child)
    foliot("job", "run-now", head)
    lines = foliot("job", "graph", head).out.splitlines()[1:]
    assert [" ".join(line.split()) for line in lines] == [
        f"{head} queued greet",
        f"↓ {child} blocked greet",
        f"↓ {last} blocked greet",
    ]
    for _ in range(3):
        foliot.work(Worker.succeed)
    assert {member["state"] for member in foliot.json("job", "graph", head)["members"]} == {"succeeded"}

"""`foliot dead`."""

import io

import pytest

from tests.cli.conftest import Shell, Worker


class Keyboard(io.StringIO):
    """Someone who types."""

    def isatty(self) -> bool:
        return True


def test_list_shows_what_failed_for_good(foliot: Shell) -> None:
    dead = [foliot.dead_letter(), foliot.dead_letter("--queue", "slow")]
    foliot.submit()
    assert [run["id"] for run in foliot.json("dead", "list")["items"]] == dead[::-1]
    assert [run["id"] for run in foliot.json("dead", "list", "--queue", "slow")["items"]] == dead[1:]
    assert dead[0] in foliot("dead", "list").out


def test_replay_answers_with_the_new_run(foliot: Shell) -> None:
    dead = foliot.dead_letter()
    run = foliot.json("dead", "replay", dead)
    assert (run["replay_of"], run["job_id"], run["state"]) == (dead, dead, "queued")
    assert foliot.json("dead", "list")["items"] == []


def test_discard_takes_it_off_and_keeps_the_history(foliot: Shell) -> None:
    dead = foliot.dead_letter()
    assert foliot.json("dead", "discard", dead) == {"discarded": 1}
    assert foliot.json("dead", "list")["items"] == []
    assert foliot.json("run", "show", dead)["events"][-1]["type"] == "run.discarded"


@pytest.mark.parametrize("verb", ["replay", "discard"])
def test_what_is_no_dead_letter_is_not_found(foliot: Shell, verb: str) -> None:
    said = foliot("dead", verb, foliot.submit(), "--json")
    assert (said.code, said.error["code"]) == (3, "not_found")


@pytest.mark.parametrize("verb", ["replay", "discard"])
@pytest.mark.parametrize("argv", [(), ("some-id", "--all"), ("some-id", "--type", "greet"), ("--type", "greet")])
def test_one_or_all_has_to_be_said(foliot: Shell, verb: str, argv: tuple[str, ...]) -> None:
    said = foliot("dead", verb, *argv, "--json")
    assert (said.code, said.error["code"]) == (2, "usage")


def test_replay_all_replays_those_that_fit(foliot: Shell) -> None:
    kept = foliot.dead_letter()
    foliot.submit_many(70, "slow")
    foliot.work(Worker.fail)
    answer = foliot.json("dead", "replay", "--all", "--queue", "slow", "--yes")
    assert (answer["replayed"], len(set(answer["run_ids"]))) == (70, 70)
    assert [run["id"] for run in foliot.json("dead", "list")["items"]] == [kept]


def test_replay_all_ends_even_if_all_fail_again_at_once(foliot: Shell) -> None:
    dead = {foliot.dead_letter() for _ in range(3)}

    async def fail_for_ever(worker: Worker) -> None:
        while True:
            await worker.fail()

    assert foliot.json("dead", "replay", "--all", "--yes", meanwhile=fail_for_ever)["replayed"] == 3
    replayed = {run["replay_of"] for run in foliot.json("run", "list")["items"] if run["replay_of"]}
    assert replayed == dead


def test_discard_all_discards_those_that_fit(foliot: Shell) -> None:
    kept = foliot.dead_letter()
    foliot.dead_letter("--queue", "slow")
    assert foliot("dead", "discard", "--all", "--queue", "slow", "-y").out == "1 dead letter discarded\n"
    assert [run["id"] for run in foliot.json("dead", "list")["items"]] == [kept]


def test_all_without_a_person_to_ask_needs_yes(foliot: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("y\n"))
    foliot.dead_letter()
    said = foliot("dead", "discard", "--all")
    assert said.code == 2
    assert "add --yes" in said.err
    assert len(foliot.json("dead", "list")["items"]) == 1


@pytest.mark.parametrize(("typed", "code", "left"), [("y\n", 0, 0), ("Yes\n", 0, 0), ("n\n", 1, 2), ("", 1, 2)])
def test_a_person_is_asked(foliot: Shell, monkeypatch: pytest.MonkeyPatch, typed: str, code: int, left: int) -> None:
    for _ in range(2):
        foliot.dead_letter()
    monkeypatch.setattr("sys.stdin", Keyboard(typed))
    said = foliot("dead", "discard", "--all")
    assert said.code == code
    assert "Discard 2 dead letters? [y/N]" in said.err
    assert len(foliot.json("dead", "list")["items"]) == left


def test_all_of_none_is_fine(foliot: Shell) -> None:
    assert foliot.json("dead", "replay", "--all") == {"replayed": 0, "run_ids": []}

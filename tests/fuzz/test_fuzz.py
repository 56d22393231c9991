"""Schemathesis finds nothing, on a small budget; `./dev conformance` has a larger one."""

from tests.fuzz.run import fuzz


def test_schemathesis_finds_nothing() -> None:
    code, said = fuzz(1, options=["--generation-deterministic"], phases="examples,fuzzing,stateful")
    assert code == 0, said


def test_every_part_of_a_submit_and_of_listings_is_covered() -> None:
    operations = [f"--include-operation-id={name}" for name in ("submit_job", "show_job", "list_runs", "list_jobs")]
    code, said = fuzz(1, options=["--generation-deterministic", *operations], phases="coverage")
    assert code == 0, said

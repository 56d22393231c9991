"""Schemathesis finds nothing, on a small budget; `./dev conformance` has a larger one."""

from tests.fuzz.run import fuzz


def test_schemathesis_finds_nothing() -> None:
    code, said = fuzz(3, options=["--generation-deterministic"])
    assert code == 0, said

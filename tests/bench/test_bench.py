"""`./dev bench` as a whole, in short."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest

ROOT = Path(__file__).parents[2]


def bench(*arguments: str, figures: Path) -> list[dict[str, Any]]:
    subprocess.run(
        [sys.executable, "-m", "bench", *arguments, "--json", figures], cwd=ROOT, check=True, capture_output=True,
        timeout=100,
    )  # fmt: skip
    rows: list[dict[str, Any]] = msgspec.json.decode(figures.read_bytes())
    return rows


@pytest.mark.parametrize(
    ("store", "words"), [("sqlite", "synchronous normal"), ("postgres", "fsync on, synchronous_commit on")]
)
def test_a_short_run_measures_and_says_where(store: str, words: str, tmp_path: Path) -> None:
    asked = ("--store", store, "--scenario", "rate", "--rate", "50", "--seconds", "1", "--workers", "2")
    [row] = bench(*asked, figures=tmp_path / "figures.json")
    assert (row["store"], row["broker"], row["workers"], row["offered_per_s"]) == (store, "store", 2, 50)
    assert 25 <= row["sustained_per_s"] <= 75
    assert 0 < row["submit_to_start_ms"]["p50"] <= row["submit_to_finish_ms"]["p50"] < 1_000
    assert words in row["machine"]

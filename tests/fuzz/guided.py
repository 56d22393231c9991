"""Fuzzing that is guided by what of the code was reached, with atheris: `python -m tests.fuzz.guided --seconds 20`.

A fault is an exception that nobody foresaw, an answer that is a fault of ours, more memory than allowed, or an input
that takes too long. What was found is printed, and kept in a file that is named then.
"""

import argparse
import subprocess
import sys
from typing import Final

TARGETS: Final = ("time", "http", "grpc")
_MOST_MEMORY_MB: Final = 1_000
_SLOWEST_SECONDS: Final = 10


def main() -> int:
    """Try all targets; 1 if anything was found."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=20, help="for each target")
    seconds = parser.parse_args().seconds
    failed = 0
    for name in TARGETS:
        command = [
            sys.executable, "-m", "tests.fuzz.targets", name, f"-max_total_time={seconds}",
            f"-rss_limit_mb={_MOST_MEMORY_MB}", "-max_len=2000", f"-timeout={_SLOWEST_SECONDS}", "-print_final_stats=1",
        ]  # fmt: skip
        done = subprocess.run(command, check=False, capture_output=True, text=True)
        told = [line for line in done.stderr.splitlines() if line.startswith(("stat::number_of", "stat::peak"))]
        print(f"atheris, {name}: {'ok' if done.returncode == 0 else 'FAILED'}", *told, sep="\n  ", flush=True)
        if done.returncode:
            failed = 1
            print(done.stdout[-4_000:], done.stderr[-8_000:])
    return failed


if __name__ == "__main__":
    sys.exit(main())

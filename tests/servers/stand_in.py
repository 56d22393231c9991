"""A process in the place of one of Foliot's: notes what it was told, then waits for Ctrl-C, or ends by itself."""

import os
import signal
import sys
import time
from pathlib import Path


def main(note: str, end: str) -> None:
    """`end` is the exit code to end with at once; if empty, wait."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    Path(note).write_text(f"{os.getpid()} {os.environ['FOLIOT_DATABASE_URL']} {os.environ['FOLIOT_REDIS_URL']}\n")
    if end:
        sys.exit(int(end))
    try:
        time.sleep(60)
    except KeyboardInterrupt:
        Path(note).write_text("interrupted\n")


if __name__ == "__main__":
    main(*sys.argv[1:])

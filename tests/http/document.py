"""The OpenAPI document in `docs/openapi.json`: `./dev openapi` writes it anew, unless that would break clients."""

import sys
from pathlib import Path
from typing import Any, Final

import msgspec

from foliot.transports.http.app import ENDPOINTS
from foliot.transports.http.openapi import openapi_document
from tests.http.breaking import broken

PLACE: Final = Path(__file__).parents[2] / "docs" / "openapi.json"


def as_kept() -> bytes:
    """The document as the code tells it now, in the form in which it is kept."""
    return msgspec.json.format(openapi_document(ENDPOINTS), indent=1) + b"\n"


def kept() -> bytes:
    """The document as it was last written; nothing before the first time."""
    return PLACE.read_bytes() if PLACE.exists() else b""


def write(*, even_if_broken: bool) -> int:
    """Write it; the exit code."""
    old, new = kept(), as_kept()
    before: dict[str, Any] = msgspec.json.decode(old or b'{"paths": {}}')
    if breaks := broken(before, msgspec.json.decode(new)):
        print(*breaks, sep="\n")
        if not even_if_broken:
            print("This breaks clients. Mend it, or write it all the same with --breaking and say so in CHANGELOG.md.")
            return 1
    PLACE.write_bytes(new)
    print("docs/openapi.json", "has not changed" if new == old else "is written")
    return 0


if __name__ == "__main__":
    sys.exit(write(even_if_broken="--breaking" in sys.argv[1:]))

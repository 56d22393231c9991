"""Who the servers run as: whoever runs us, but never root, which PostgreSQL and PgBouncer refuse to be."""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any


def as_account() -> dict[str, Any]:
    """What subprocess must be told."""
    if os.geteuid() != 0:
        return {}
    account = _unprivileged()
    return {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}


def give(folder: Path) -> None:
    """Make the account own the folder; PermissionError if it could not enter it."""
    if os.geteuid() != 0:
        return
    account = _unprivileged()
    shutil.chown(folder, account.pw_uid, account.pw_gid)
    if not can_execute(folder):
        raise PermissionError(
            f"{account.pw_name}, who runs the servers in root's place, cannot enter {folder}. "
            "Choose a folder that is open to all, or be another user than root."
        )


def can_execute(path: Path) -> bool:
    """Whether the account may run this file, or enter this folder."""
    return subprocess.run(["test", "-x", path], check=False, **as_account()).returncode == 0


@contextmanager
def scratch(parent: Path | None = None) -> Iterator[Path]:
    """A temporary folder that the account may enter."""
    with tempfile.TemporaryDirectory(prefix="foliot-servers-", dir=parent) as folder:
        Path(folder).chmod(0o711)
        yield Path(folder)


def memory() -> Path | None:
    """A folder in memory with room for a small server: a database is some 300 files, which disks are slow to make."""
    shared = Path("/dev/shm")
    return shared if shared.is_dir() and shutil.disk_usage(shared).free > 2 * 1024**3 else None


def _unprivileged() -> pwd.struct_passwd:
    with suppress(KeyError):
        return pwd.getpwnam("postgres")
    return pwd.getpwnam("nobody")

"""The programs that test us, from npm, in a folder of their own."""

import os
import shutil
import subprocess
from pathlib import Path
from typing import Final

_WANTED: Final = Path(__file__).with_name("package.json")


class MissingProgram(Exception):
    """A program cannot be had; the message says what to do."""


class Programs:
    """Node and the packages of `package.json`, installed in a folder when they are not there yet."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        installed = folder / "installed.json"
        if not installed.exists() or installed.read_bytes() != _WANTED.read_bytes():
            self._install()
            shutil.copy(_WANTED, installed)

    def run(self, program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a program to its end, with Node of the right version first on its path."""
        modules = self._folder / "node_modules"
        path = os.pathsep.join([str(modules / "node/bin"), str(modules / ".bin"), os.environ["PATH"]])
        return subprocess.run(
            [modules / ".bin" / program, *arguments], cwd=self._folder, env={**os.environ, "PATH": path, "CI": "1"},
            stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=600, check=False,
        )  # fmt: skip

    def _install(self) -> None:
        if (npm := shutil.which("npm")) is None:
            raise MissingProgram("npm is needed to get the suite; install Node.js, of any version.")
        self._folder.mkdir(exist_ok=True)
        shutil.copy(_WANTED, self._folder / "package.json")
        done = subprocess.run(
            [npm, "install", "--no-package-lock", "--no-audit", "--no-fund", "--loglevel=error"], cwd=self._folder,
            stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=600, check=False,
        )  # fmt: skip
        if done.returncode:
            raise MissingProgram(f"npm could not install the suite:\n{done.stderr}")

"""The one place where the parts meet."""

import sys

from foliot.wiring.system import System, open_system

__all__ = ["System", "main", "open_system"]


def main() -> None:
    """The command `foliot`."""
    from foliot.transports.cli.app import run_cli
    from foliot.wiring.launcher import ProcessLauncher

    sys.exit(run_cli(ProcessLauncher(), sys.argv[1:]))

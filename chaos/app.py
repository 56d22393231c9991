"""What the processes of a drill work for: `chaos.app:app`."""

import os
from pathlib import Path

from chaos.application import Application
from foliot import Settings

app = Application(Settings.from_environment(os.environ), Path(os.environ["CHAOS_FOLDER"])).app

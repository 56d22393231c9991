"""Finding the user's application: `module:name`."""

import importlib
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from foliot.domain.errors import InvalidSettings
from foliot.engine.handler import Handler


def handlers_of(reference: str) -> list[Handler]:
    """The handlers of the `foliot.App` that the reference names, seen from the working directory.

    Raises:
        InvalidSettings: there is no such module or app; the message says which.
    """
    module_name, _, name = reference.partition(":")
    if not module_name or not name:
        raise InvalidSettings(f"{reference!r} does not name an application; write it as module:app.", "app")
    if (here := str(Path.cwd())) not in sys.path:
        sys.path.insert(0, here)
    try:
        found: Any = importlib.import_module(module_name)
    except ModuleNotFoundError as error:
        if error.name is None or not (module_name + ".").startswith(error.name + "."):
            raise
        raise InvalidSettings(f"There is no module {module_name!r} in {here} or among the packages.", "app") from None
    for part in name.split("."):
        found = getattr(found, part, None)
    handlers: Iterable[Handler] | None = getattr(found, "handlers", None)
    if handlers is None:
        raise InvalidSettings(f"{module_name} has no foliot.App called {name!r}.", "app")
    return list(handlers)

"""The Lua of this adapter: one script a file in `lua/`, run by its name. Each is one step, whatever happens to us."""

from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from typing import Any


class Scripts:
    """The scripts on one Redis, which learns them as they are needed."""

    def __init__(self, redis: Any) -> None:
        self._redis = redis
        self._known: dict[str, Any] = {}

    async def run(self, name: str, keys: Sequence[str], *arguments: Any) -> Any:
        """What a script returns."""
        script = self._known.get(name)
        if script is None:
            script = self._known[name] = self._redis.register_script(_text("common") + _text(name))
        return await script(keys, arguments)


@cache
def _text(name: str) -> str:
    return files(__package__).joinpath("lua", f"{name}.lua").read_text()

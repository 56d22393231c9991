"""Forgetting: old pieces of the history are gone through block by block, then dropped whole."""

from datetime import datetime
from typing import Any, Final

import asyncpg

from foliot.adapters.postgres.database import Database
from foliot.adapters.postgres.pieces import PARENTS, Piece, Pieces
from foliot.adapters.postgres.session import AsyncpgSession
from foliot.adapters.postgres.statements import statement

_KEYS_PER_STEP: Final = 1_000
_ROWS_PER_BLOCK: Final = 32
_LOCK_MILLISECONDS: Final = 200
_STEPS: Final = {"finished": "prune_runs", "attempts": "prune_attempts", "events": "prune_events"}


class Pruning:
    """`prune`, in steps of one transaction each. Only one process is at it at a time."""

    _database: Database
    _pieces: Pieces

    async def prune(self, before: datetime, limit: int) -> int:
        return await self._database.run(lambda session: self._prune(session, before, limit), atomic=True)

    async def _prune(self, session: AsyncpgSession, before: datetime, limit: int) -> int:
        connection = session.connection
        if not await connection.fetchval(statement("prune_lock")):
            return 0
        keys: int = await connection.fetchval(statement("prune_keys"), before, _KEYS_PER_STEP)
        keys += await connection.fetchval(statement("prune_occurrences"), before, limit)
        for parent in PARENTS:
            for piece in await self._pieces.of(session, parent):
                if piece.end <= before:
                    return await _step(connection, parent, piece, limit)
        kept: int = await connection.fetchval(statement("prune_kept"), self._pieces.start_of(before), limit)
        return kept + keys


async def _step(connection: Any, parent: str, piece: Piece, limit: int) -> int:
    """Go through some blocks of an old piece; drop it after the last. How many rows were seen, 0 if others hold it."""
    await connection.execute(statement("prune_begin"), piece.name)
    start: int = await connection.fetchval(statement("prune_place"), piece.name)
    end = start + max(1, limit // _ROWS_PER_BLOCK)
    text = statement(_STEPS[parent]).replace("a_piece", piece.name)
    seen: int = await connection.fetchval(text, f"({start},0)", f"({end},0)")
    await connection.execute(statement("prune_on"), piece.name, end)
    if end >= await connection.fetchval(statement("prune_blocks"), piece.name) and not await _drop(connection, piece):
        return 0
    return max(1, seen)


async def _drop(connection: Any, piece: Piece) -> bool:
    """Whether a piece could be dropped. All who come after us wait as long as we do, so it is rather tried again."""
    try:
        async with connection.transaction():
            await connection.execute(f"set local lock_timeout = {_LOCK_MILLISECONDS}; drop table {piece.name}")
            await connection.execute(statement("prune_end"), piece.name)
    except asyncpg.LockNotAvailableError:
        return False
    return True

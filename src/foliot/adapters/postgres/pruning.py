"""Forgetting: old pieces of the history are dropped, once the jobs that they were the last trace of are gone."""

from datetime import datetime
from typing import Any, Final

from foliot.adapters.postgres.database import Database
from foliot.adapters.postgres.pieces import PARENTS, Piece, Pieces
from foliot.adapters.postgres.session import AsyncpgSession
from foliot.adapters.postgres.statements import statement

_KEYS_PER_STEP: Final = 1_000
_ROWS_PER_BLOCK: Final = 32


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
        await connection.execute(statement("prune_keys"), before, _KEYS_PER_STEP)
        for parent in PARENTS:
            for piece in await self._pieces.of(session, parent):
                if piece.end <= before:
                    if parent == "finished":
                        return await _step(connection, piece, limit)
                    return await _drop(connection, parent, piece)
        return await _prune_kept(connection, self._pieces.start_of(before), limit)


async def _step(connection: Any, piece: Piece, limit: int) -> int:
    """Go through some blocks of an old piece of `finished`; drop it after the last. How many runs were seen."""
    await connection.execute(statement("prune_begin"), piece.name)
    at: int = await connection.fetchval(statement("prune_place"), piece.name)
    blocks = max(1, limit // _ROWS_PER_BLOCK)
    seen: int = await connection.fetchval(_of(piece, "prune_runs"), f"({at},0)", f"({at + blocks},0)")
    if at + blocks < await connection.fetchval(statement("prune_blocks"), piece.name):
        await connection.execute(statement("prune_on"), piece.name, at + blocks)
        return max(1, seen)
    await connection.execute(_of(piece, "prune_keep_runs"))
    await connection.execute(statement("prune_end"), piece.name)
    await _forget(connection, piece)
    return max(1, seen)


async def _drop(connection: Any, parent: str, piece: Piece) -> int:
    """Drop an old piece of the attempts or events, but for those of runs and jobs that are still there."""
    await connection.execute("set local enable_hashjoin = on; set local enable_seqscan = on")
    await connection.execute(_of(piece, f"prune_keep_{parent}"))
    await _forget(connection, piece)
    return 1


async def _forget(connection: Any, piece: Piece) -> None:
    """Nobody shall have to wait long for this: if readers hold it up, it is tried again later."""
    await connection.execute(f"set local lock_timeout = '2s'; drop table {piece.name}")


async def _prune_kept(connection: Any, before: datetime, limit: int) -> int:
    """Runs that outlived their piece as dead letters and are none any more."""
    seen: int = await connection.fetchval(statement("prune_kept"), before, limit)
    return seen


def _of(piece: Piece, name: str) -> str:
    return statement(name).replace("a_piece", piece.name)

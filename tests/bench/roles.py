"""Roles for the processes of a fleet."""

from bench.board import Board, Figure, Phase


async def count_to(board: Board, place: int, number: int) -> None:
    """Ready at once; counts when all may."""
    board.add(place, Figure.READY)
    await board.until(Phase.GO)
    board.add(place, Figure.STORED, number)
    await board.until(Phase.STOP)


async def fail(board: Board, place: int) -> None:
    """Ends by itself."""
    raise RuntimeError("out of paper")

"""A line to a server, which can be cut when the server has done as told and before it can say so."""

import asyncio
from typing import Self
from urllib.parse import urlsplit


class Line:
    """Passes on what is said between clients and the server of a database."""

    def __init__(self, url: str) -> None:
        self._place = urlsplit(url)
        self._words = b""
        self._left = 0
        self._ends: set[asyncio.StreamWriter] = set()
        self._talks: set[asyncio.Task[None]] = set()
        self.cuts = 0

    @property
    def url(self) -> str:
        """The way to the database by this line."""
        host, port = self._server.sockets[0].getsockname()
        return self._place._replace(netloc=f"{self._place.username}@{host}:{port}").geturl()

    def cut_after(self, words: bytes = b"", times: int = 1) -> None:
        """When the server answers him who has said this so many times, cut the line instead of passing the answer on.

        Without words, anything that is said counts. It happens once, and `times=0` calls it off.
        """
        self._words, self._left = words, times

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._talk, "127.0.0.1")
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        for end in self._ends:
            end.transport.abort()
        await asyncio.gather(*self._talks)

    async def _talk(self, client: asyncio.StreamReader, to_client: asyncio.StreamWriter) -> None:
        server, to_server = await asyncio.open_connection(self._place.hostname, self._place.port)
        ends = {to_client, to_server}
        self._ends |= ends
        is_doomed = asyncio.Event()

        async def ask() -> None:
            while words := await client.read(2**16):
                if self._left and self._words in words:
                    self._left -= 1
                    if not self._left:
                        is_doomed.set()
                to_server.write(words)

        async def answer() -> None:
            while words := await server.read(2**16):
                if is_doomed.is_set():
                    self.cuts += 1
                    break
                to_client.write(words)

        async def until_either_ends(talking: asyncio.Task[None]) -> None:
            await asyncio.wait([talking])
            for end in ends:
                end.transport.abort()

        self._talks |= {asyncio.create_task(until_either_ends(asyncio.create_task(each()))) for each in (ask, answer)}

"""The connection to a server: requests that are sent again where that is safe, and errors that are ours."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from random import Random
from typing import Final, TypeVar

import httpx2
import msgspec

from foliot.domain.errors import FoliotError, InvalidSettings, Unavailable
from foliot.remote.problems import Problem, problem_in
from foliot.remote.retrying import RETRYING, Retrying

Shape = TypeVar("Shape")

_CONNECTIONS: Final = 100
_PASSING: Final = frozenset({429, 502, 503, 504})
_SURELY_NOT_DONE: Final = (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout)

Query = Mapping[str, str | int | None]


class Link:
    """One server, and the key to it. Connections are kept and shared.

    Args:
        url: as `https://foliot.example.com`, with a path if the API has one before `/v1`.
        key: an API key, `fol_…`.
        timeout: the seconds to wait for a connection, or for the next piece of an answer.
        retrying: how often a request is sent again.
        transport: instead of the network.

    Raises:
        InvalidSettings: the URL is not one of HTTP, or the key could not be sent.
    """

    def __init__(
        self,
        url: str,
        key: str,
        *,
        timeout: float = 10.0,
        retrying: Retrying = RETRYING,
        transport: httpx2.AsyncBaseTransport | None = None,
    ) -> None:
        if not url.startswith(("http://", "https://")):
            raise InvalidSettings(f"{url!r} is not the URL of a server; write it as https://foliot.example.com.", "url")
        if not key.isascii() or not key.isprintable() or " " in key:
            raise InvalidSettings("The API key has characters that no key has; one looks like fol_…_….", "key")
        self.url = url.rstrip("/")
        self.retrying = retrying
        self._timeout = timeout
        self._random = Random()
        self._http = httpx2.AsyncClient(
            headers={"authorization": f"Bearer {key}", "user-agent": "foliot-client", "accept": "application/json"},
            timeout=timeout,
            limits=httpx2.Limits(max_connections=_CONNECTIONS, max_keepalive_connections=_CONNECTIONS),
            transport=transport,
            verify=self.url.startswith("https://"),  # the certificates, which take a while to load
        )

    async def get(
        self, path: str, shape: type[Shape], query: Query | None = None, *, wait: float | None = None
    ) -> Shape:
        """What is at a path. With `wait` the server is asked to take that many seconds if need be (RFC 7240)."""
        return self._read(await self._answer("GET", path, query=query, wait=wait, is_safe=True), shape)

    async def post(
        self,
        path: str,
        shape: type[Shape],
        body: object = None,
        *,
        is_safe: bool,
        headers: Mapping[str, str] | None = None,
    ) -> Shape:
        """What a deed is answered with. A safe one may be done twice: it is sent again also if the first try may have
        arrived."""
        return self._read(await self._answer("POST", path, body=body, headers=headers, is_safe=is_safe), shape)

    async def patch(self, path: str, shape: type[Shape], body: object, *, if_match: str) -> Shape:
        """What something is once the patch was merged into it, if it still has that tag."""
        headers = {"if-match": if_match, "content-type": "application/merge-patch+json"}
        return self._read(await self._answer("PATCH", path, body=body, headers=headers, is_safe=False), shape)

    async def put(self, path: str, shape: type[Shape], body: object) -> Shape:
        """What something is once it was replaced."""
        return self._read(await self._answer("PUT", path, body=body, is_safe=True), shape)

    async def put_text(self, path: str, shape: type[Shape], text: str, media_type: str) -> Shape:
        """The same with text of another kind."""
        headers = {"content-type": media_type}
        return self._read(await self._answer("PUT", path, body=text.encode(), headers=headers, is_safe=True), shape)

    async def delete(self, path: str) -> None:
        """Take away what is at a path."""
        await self._answer("DELETE", path, is_safe=True)

    @asynccontextmanager
    async def stream(
        self, path: str, query: Query | None = None, after: str | None = None
    ) -> AsyncIterator[AsyncIterator[httpx2.ServerSentEvent] | None]:
        """A stream of server-sent events from the one after `after`; None where nothing can come any more.

        Raises:
            Unavailable: it cannot be had now, or broke off.
            FoliotError: the server refuses.
        """
        headers = {"accept": "text/event-stream"} | ({} if after is None else {"last-event-id": after})
        try:
            async with self._http.stream(
                "GET", self.url + path, params=_given(query), headers=headers,
                timeout=httpx2.Timeout(self._timeout, read=max(self._timeout, 45.0)),
            ) as answer:  # fmt: skip
                if answer.status_code == 204:
                    yield None
                elif answer.status_code == 200:
                    yield aiter(httpx2.EventSource(answer))
                else:
                    raise problem_in(await answer.aread(), answer.status_code).error()
        except httpx2.HTTPError as error:
            raise self._unreachable(error) from None

    async def pause(self, tried: int) -> bool:
        """Wait before another try; False if it is enough."""
        seconds = self.retrying.pause(tried, None, self._random)
        if seconds is not None:
            await asyncio.sleep(seconds)
        return seconds is not None

    async def close(self) -> None:
        """Let go of all connections."""
        await self._http.aclose()

    async def _answer(
        self,
        method: str,
        path: str,
        *,
        query: Query | None = None,
        body: object = None,
        headers: Mapping[str, str] | None = None,
        wait: float | None = None,
        is_safe: bool,
    ) -> bytes:
        sent = dict(headers or {})
        if body is not None:
            sent.setdefault("content-type", "application/json")
        if wait is not None:
            sent["prefer"] = f"wait={int(wait)}"
        request = self._http.build_request(
            method, self.url + path, params=_given(query), headers=sent,
            content=body if body is None or isinstance(body, bytes) else msgspec.json.encode(body),
            timeout=httpx2.Timeout(self._timeout, read=self._timeout + (wait or 0.0)),
        )  # fmt: skip
        tried = 0
        while True:
            asked: float | None = None
            try:
                answer = await self._http.send(request)
                if answer.status_code < 300:
                    return answer.content
                problem = problem_in(answer.content, answer.status_code)
                error = problem.error()
                may_repeat = answer.status_code in _PASSING and (is_safe or _says_nothing_was_done(problem))
                asked = _seconds(answer.headers.get("retry-after"))
            except httpx2.HTTPError as failure:
                error = self._unreachable(failure)
                may_repeat = is_safe or isinstance(failure, _SURELY_NOT_DONE)
            tried += 1
            seconds = self.retrying.pause(tried, asked, self._random) if may_repeat else None
            if seconds is None:
                raise error
            await asyncio.sleep(seconds)

    def _read(self, body: bytes, shape: type[Shape]) -> Shape:
        try:
            return msgspec.json.decode(body or b"null", type=shape)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise FoliotError(f"{self.url} answered what no Foliot server of this age answers: {error}.") from None

    def _unreachable(self, error: Exception) -> FoliotError:
        return Unavailable(f"{self.url} cannot be reached now ({str(error) or type(error).__name__}).")


def _given(query: Query | None) -> dict[str, str | int] | None:
    return None if query is None else {name: value for name, value in query.items() if value is not None}


def _says_nothing_was_done(problem: Problem) -> bool:
    """A 429, or a 503 of Foliot itself, is a promise; any other 503 may be that of a proxy that knows nothing."""
    return problem.status == 429 or (problem.status == 503 and problem.code == Unavailable.code)


def _seconds(retry_after: str | None) -> float | None:
    return float(retry_after) if retry_after is not None and retry_after.isdecimal() else None

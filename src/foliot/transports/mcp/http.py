"""The door over Streamable HTTP: /mcp beside /v1, with the same keys.

Before the SDK sees a request, its Host and Origin are checked (a page in a browser must not reach a server on its
visitor's machine), and its key. What a key may not do, the tools say.
"""

import ipaddress
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, Final
from urllib.parse import urlsplit

import msgspec
from mcp.server.auth.middleware.bearer_auth import AuthenticatedUser
from mcp.server.auth.provider import AccessToken
from mcp.server.streamable_http_manager import DEFAULT_MAX_REQUEST_BODY_SIZE, StreamableHTTPSessionManager
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from foliot.domain.errors import Unauthenticated, Unavailable
from foliot.domain.identity import Identity, Role
from foliot.ports import Clock
from foliot.service.services import Services
from foliot.settings import Settings
from foliot.transports.mcp import MCP_PATH, METADATA_PATH
from foliot.transports.mcp.catalogue import TOOLS
from foliot.transports.mcp.door import Context, Door
from foliot.transports.mcp.server import FoliotServer
from foliot.transports.mcp.tool import Tool

_IDENTITY: Final = "foliot.identity"
_LOCAL_NAMES: Final = frozenset({"localhost", "127.0.0.1", "::1"})


class HttpDoor:
    """The endpoint, as an ASGI application. It serves while `running`."""

    def __init__(self, services: Services, clock: Clock, settings: Settings, tools: Mapping[str, Tool] = TOOLS) -> None:
        self._services = services
        self.foliot = FoliotServer(Door(services, clock, _identity_of, settings), tools)
        self._sessions = StreamableHTTPSessionManager(
            self.foliot.server,
            max_request_body_size=min(settings.largest_request_bytes, DEFAULT_MAX_REQUEST_BODY_SIZE),
        )
        self._names = _LOCAL_NAMES | {name.casefold() for name in settings.mcp_host_names}
        self._checks_host = bool(settings.mcp_host_names) or _is_loopback(settings.host)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Serve while the block lasts; at its end, open streams and sessions are ended."""
        async with self._sessions.run():
            try:
                yield
            finally:
                self.foliot.close()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        # Blanks around a value are no part of it (RFC 9110 §5.5), but the server leaves those behind it.
        scope["headers"] = [(name, value.strip(b" \t")) for name, value in scope["headers"]]
        request = Request(scope, receive)
        if self._checks_host and _name(f"//{request.headers.get('host', '')}") not in self._names:
            reply: ASGIApp = _refused(421, "wrong_host", "Foliot is not known by this Host; see FOLIOT_MCP_HOSTS.")
        elif "origin" in request.headers and _name(request.headers["origin"]) not in self._names:
            reply = _refused(403, "wrong_origin", "Pages of this Origin may not call; see FOLIOT_MCP_HOSTS.")
        elif request.url.path.startswith(METADATA_PATH):
            reply = self._metadata(request)
        else:
            reply = await self._authenticated(request)
        await reply(scope, receive, send)

    async def _authenticated(self, request: Request) -> ASGIApp:
        scheme, _, key = request.headers.get("authorization", "").partition(" ")
        try:
            identity = await self._services.access.authenticate(key.strip() if scheme.lower() == "bearer" else None)
        except Unauthenticated as error:
            challenge = f'Bearer realm="foliot", resource_metadata="{_base(request)}{METADATA_PATH}{MCP_PATH}"'
            if key:
                challenge += ', error="invalid_token"'
            return _refused(401, error.code, error.message, {"www-authenticate": challenge})
        except Unavailable as error:
            return _refused(503, error.code, error.message, {"retry-after": str(error.retry_after_seconds)})
        # A session of the 2025 era can be used with the key that opened it only: the SDK compares these users.
        token = AccessToken(
            token="", client_id=identity.user_id, scopes=[identity.role.value], subject=identity.tenant_id
        )
        request.scope[_IDENTITY] = identity
        request.scope["user"] = AuthenticatedUser(token)
        return self._sessions.handle_request

    def _metadata(self, request: Request) -> ASGIApp:
        """RFC 9728: keys come from `foliot key create`, so no authorization server is named."""
        base = _base(request)
        document = {
            "resource": f"{base}{MCP_PATH}",
            "resource_name": "Foliot",
            "resource_documentation": f"{base}/docs",
            "bearer_methods_supported": ["header"],
            "scopes_supported": [role.value for role in (Role.VIEWER, Role.OPERATOR, Role.ADMIN)],
        }
        return _json(200, document)


async def _identity_of(ctx: Context) -> Identity:
    if ctx.request is None:
        raise Unauthenticated("This request carries no key.")
    identity: Identity = ctx.request.scope[_IDENTITY]
    return identity


def _base(request: Request) -> str:
    return f"{request.url.scheme}://{request.headers.get('host', '')}"


def _name(url: str) -> str:
    try:
        return (urlsplit(url).hostname or "").casefold()
    except ValueError:
        return ""


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.casefold() == "localhost"


def _refused(status: int, code: str, detail: str, headers: dict[str, str] | None = None) -> Response:
    return _json(status, {"code": code, "detail": detail, "status": status}, headers)


def _json(status: int, content: Any, headers: dict[str, str] | None = None) -> Response:
    return Response(
        msgspec.json.encode(content), status, {"cache-control": "no-store", **(headers or {})}, "application/json"
    )

"""The documentation: the OpenAPI document, and a page of our own that shows it without any other host."""

from importlib.resources import files
from typing import Final

from foliot.transports.http.answers import JSON_MEDIA_TYPE, Reply
from foliot.transports.http.routing import Route, constant

_POLICY: Final = b"default-src 'none'; connect-src 'self'; script-src 'self'; style-src 'self'; base-uri 'none'"
_PAGES: Final = {
    "/docs": ("page.html", "text/html; charset=utf-8"),
    "/docs/page.js": ("page.js", "text/javascript; charset=utf-8"),
    "/docs/page.css": ("page.css", "text/css; charset=utf-8"),
}


def documentation_routes(document: bytes) -> list[Route]:
    """Routes for the document and the page. They need no key."""
    folder = files(__package__) / "docs"
    pages = [_file(path, (folder / name).read_bytes(), kind) for path, (name, kind) in _PAGES.items()]
    return [_file("/openapi.json", document, JSON_MEDIA_TYPE), *pages]


def _file(path: str, body: bytes, media_type: str) -> Route:
    headers = (
        (b"content-type", media_type.encode()),
        (b"content-length", b"%d" % len(body)),
        (b"cache-control", b"no-cache"),
        (b"content-security-policy", _POLICY),
        (b"x-content-type-options", b"nosniff"),
    )
    return constant("GET", path, Reply(200, body, headers))

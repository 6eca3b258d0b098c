"""By which scheme and name browsers reach the desk, and the two things that follow: its cookies and its own origin.

X-Forwarded-Proto and X-Forwarded-Host are anybody's to write; they count where a trusted proxy holds the connection.
"""

from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import Response

from serving.clients import ClientFinder

SAFE_METHODS = frozenset(("GET", "HEAD", "OPTIONS"))
_SAME = frozenset(("same-origin", "none"))
MAX_PATH = 512
_PORTS = {"http": 80, "https": 443}


class Front:
    """What a browser sees of the desk's address."""

    def __init__(self, clients: ClientFinder) -> None:
        self._clients = clients

    def scheme(self, request: Request) -> str:
        """``https`` where the browser came by TLS, to us or to a proxy that we believe."""
        said = self._said(request, "x-forwarded-proto").lower()
        return said if said in _PORTS else request.scope["scheme"]

    def origin(self, request: Request) -> str:
        """Scheme, host and port, without a path."""
        host = self._said(request, "x-forwarded-host") or request.headers.get("host", "")
        return f"{self.scheme(request)}://{host}"

    def is_secure(self, request: Request) -> bool:
        """Whether what is said stays between the browser and us."""
        return self.scheme(request) == "https"

    def find_foreign(self, request: Request) -> str | None:
        """The page of another origin that sent this, as its browser says; none where it says nothing of the kind."""
        site, origin = request.headers.get("sec-fetch-site", "none"), request.headers.get("origin")
        if origin is not None and _parts(origin) != _parts(self.origin(request)):
            return origin
        return None if site in _SAME else site

    def read_cookie(self, request: Request, name: str) -> str:
        """The value of a cookie of ours; by TLS only of the one that no other host can have set."""
        return request.cookies.get(self._cookie(request, name), "")

    def set_cookie(self, request: Request, response: Response, name: str, value: str, age_s: float | None) -> None:
        """Set it, or with no ``age_s`` for as long as the browser is open.

        Lax and not Strict: the browser comes back from the identity provider by a link of that site, and would come
        without a Strict cookie. No request that changes something relies on it alone.
        """
        age = None if age_s is None else int(age_s)
        secure = self.is_secure(request)
        response.set_cookie(
            self._cookie(request, name), value, max_age=age, path="/", secure=secure, httponly=True, samesite="lax"
        )

    def _cookie(self, request: Request, name: str) -> str:
        return f"__Host-{name}" if self.is_secure(request) else name

    def _said(self, request: Request, header: str) -> str:
        """What the nearest proxy says, where we believe it."""
        peer = request.scope.get("client")
        if peer is None or not self._clients.peer(peer[0])[1]:
            return ""
        return request.headers.get(header, "").rpartition(",")[2].strip()


def _parts(origin: str) -> tuple[str, str | None, int | None] | None:
    try:
        url = urlsplit(origin)
        return url.scheme, url.hostname, url.port or _PORTS.get(url.scheme)
    except ValueError:
        return None


def local_path(text: str) -> str:
    """Where to go after a sign-in: a path of ours, whatever was asked for.

    Browsers read a backslash as a slash, and leave out tabs and line ends: what begins with a slash may be a host.
    """
    plain = text.isprintable() and text.isascii() and "\\" not in text and len(text) <= MAX_PATH
    return text if plain and text.startswith("/") and not text.startswith("//") else "/"

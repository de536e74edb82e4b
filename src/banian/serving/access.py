"""Who may ask: keys in the header `Authorization`, and, where no keys are asked for, this machine's own programs."""

from time import monotonic
from typing import final
from urllib.parse import urlsplit

from starlette.requests import Request

from banian.serving.keys import Key, KeyRing
from banian.serving.rate_limit import TokenBucket
from banian.serving.refusal import Refusal
from banian.serving.settings import ServiceSettings

_LOCAL = ("localhost", "127.0.0.1", "::1")


@final
class Access:
    """Lets requests in.

    Args:
        settings: where the file of keys lies, and how many processes share what a key may ask.

    Raises:
        RunError: the file of keys cannot be read.

    """

    def __init__(self, settings: ServiceSettings) -> None:
        self._ring = None if settings.keys is None else KeyRing(settings.keys)
        self._hosts = (*_LOCAL, settings.host.lower())
        self._workers = settings.workers
        self._buckets: dict[str, TokenBucket] = {}

    def enter(self, request: Request, *, as_admin: bool = False) -> Key | None:
        """Give the key of a request; none where no keys are asked for.

        Raises:
            Refusal: 401, it has none that opens; 403, the key is no administrator's; or a page of another site asks
                through somebody's browser.

        """
        if self._ring is None:
            self._refuse_strange_page(request)
            return None
        scheme, _, secret = request.headers.get("authorization", "").partition(" ")
        key = self._ring.find(secret.strip()) if scheme.lower() == "bearer" else None
        if key is None:
            raise Refusal(
                401,
                "The request has no key that opens this service.",
                remedy="Send the header Authorization: Bearer KEY; banian keys add NAME makes a key.",
            )
        request.state.key = key.name
        if as_admin and not key.is_admin:
            raise Refusal(
                403,
                f"The key {key.name!r} is no administrator's.",
                remedy="Have one made: banian keys add NAME --admin",
            )
        return key

    def bucket_of(self, key: Key | None) -> TokenBucket | None:
        """Give what limits how much a key asks, after one ask was taken from it; none where nothing does.

        Raises:
            Refusal: 429, it has asked too much.

        """
        if key is None or key.rate is None:
            return None
        rate = key.rate / self._workers
        bucket = self._buckets.get(key.digest)
        if bucket is None:
            bucket = self._buckets[key.digest] = TokenBucket(rate, rate, clock=monotonic)
        if wait := bucket.take(1):
            raise Refusal(
                429,
                f"The key {key.name!r} may ask {key.rate:g} a second.",
                remedy="Ask again later.",
                retry_after=wait,
            )
        return bucket

    def _refuse_strange_page(self, request: Request) -> None:
        """Refuse what a page of another site sends, or one whose name was pointed at this machine."""
        origin = request.headers.get("origin")
        try:
            host = urlsplit(f"//{request.headers.get('host', '')}")
            name = (host.hostname or "").lower()
            is_ours = name in self._hosts and origin in (
                None,
                f"{request.url.scheme}://{host.netloc}",
            )
        except ValueError:
            is_ours = False
        if not is_ours:
            raise Refusal(
                403,
                "The request came by another name than this machine's, or from a page of another site.",
                remedy="Ask by the address that banian serve printed, or serve with --keys.",
            )

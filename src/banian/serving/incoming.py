"""The body of a request as it comes in, and whether anybody still waits for the answer."""

import asyncio
from time import monotonic
from typing import Any, TypeVar

from starlette.requests import ClientDisconnect, Request

from banian.serving.ask_body import form_of_asks
from banian.serving.json_body import too_large
from banian.serving.refusal import Refusal

_Answer = TypeVar("_Answer")


class NobodyWaitsError(Exception):
    """Who asked is gone."""


def refuse_other_form(request: Request, what: str) -> None:
    """Refuse what is sent otherwise than as JSON.

    Raises:
        Refusal: 415.

    """
    if form_of_asks(request.headers.get("content-type", "")) != "json":
        raise Refusal(415, f"{what} are taken as JSON alone.", remedy="Send application/json.")


async def read_body(request: Request, *, most: int, deadline: float) -> bytes:
    """Read a body.

    Raises:
        Refusal: 413, it is too large; 408, it comes too slowly.
        NobodyWaitsError: it ends in the middle.

    """
    said = request.headers.get("content-length", "0")
    if said.isdecimal() and int(said) > most:
        raise _large(most)
    parts, size = [], 0
    try:
        async with asyncio.timeout(max(0.0, deadline - monotonic())):
            async for part in request.stream():
                size += len(part)
                if size > most:
                    raise _large(most)
                parts.append(part)
    except TimeoutError:
        raise Refusal(
            408, "The body did not come in time.", remedy="Send it faster, or less of it."
        ) from None
    except ClientDisconnect:
        raise NobodyWaitsError from None
    return b"".join(parts)


async def wait_for(request: Request, answer: "asyncio.Future[_Answer]", deadline: float) -> _Answer:
    """Wait for an answer while somebody waits for it; it is cancelled when nobody does.

    Raises:
        Refusal: that which the answer became; 504, it did not come in time.
        NobodyWaitsError: who asked is gone.

    """
    gone = asyncio.ensure_future(_until_gone(request))
    try:
        both: set[asyncio.Future[Any]] = {answer, gone}
        await asyncio.wait(
            both,
            timeout=max(0.0, deadline - monotonic()),
            return_when=asyncio.FIRST_COMPLETED,
        )
        if answer.done():
            return answer.result()
        if gone.done():
            raise NobodyWaitsError
        raise Refusal(
            504,
            "There was no answer in time.",
            remedy="Ask again later, or fewer at once.",
            retry_after=1,
        )
    finally:
        gone.cancel()
        answer.cancel()


async def _until_gone(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        await asyncio.sleep(0.05)


def _large(most: int) -> Refusal:
    return too_large(f"The body has more than {most:,} bytes.")

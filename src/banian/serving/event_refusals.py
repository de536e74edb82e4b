"""Why rows are not taken now, where nothing is wrong with them."""

from banian.serving.refusal import Refusal


def stream_is_away() -> Refusal:
    """Refuse since Redis does not answer; the rows may be in the stream or not."""
    return Refusal(
        503,
        "The stream of events cannot be reached.",
        remedy="Send the rows again later; with the header Idempotency-Key none is taken twice.",
        retry_after=1,
    )


def machine_is_behind() -> Refusal:
    """Refuse since the stream was trimmed behind the place of this machine."""
    return Refusal(
        503,
        "This machine is behind the stream of events, and what it lacks is no longer there.",
        remedy="Copy the run from a machine that follows it, store and events, and start again.",
        retry_after=60,
    )


def key_of_others() -> Refusal:
    """Refuse since the key of the request came before with another body."""
    return Refusal(
        422,
        "The Idempotency-Key came before with other rows.",
        remedy="Send another key with other rows.",
    )

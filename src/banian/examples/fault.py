"""A fault of the engine while it computes what a spec asks, as an error that names the place in the spec."""

from collections.abc import Iterator
from contextlib import contextmanager

from banian.errors import SpecError
from banian.tables import AbstractEngine, reason_of_engine


@contextmanager
def computing(engine: AbstractEngine, where: str) -> Iterator[None]:
    """Run a block that computes what stands at `where` in the spec.

    Raises:
        SpecError: the engine cannot, for example because a number overflows.

    """
    try:
        yield
    except engine.faults as error:
        if "interrupt" in str(error).lower():
            raise
        raise SpecError(
            f"{where}: this cannot be computed: {reason_of_engine(error)}",
            remedy="Derive a smaller step first, or leave out the values that do not fit.",
        ) from None

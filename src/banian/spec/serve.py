"""What may serve a task: the network, single-task networks, trees."""

from typing import Annotated, Any, Literal, get_args

from pydantic import BeforeValidator, Field

Predictor = Literal["joint", "twin", "trees"]
"""The network of all tasks, a network of the same make that knows this task alone, boosted trees for it."""


def _read(value: Any) -> Any:  # noqa: ANN401
    if value == "auto":
        return get_args(Predictor)
    return (value,) if isinstance(value, str) else value


ServeWith = Annotated[tuple[Predictor, ...], BeforeValidator(_read), Field(min_length=1)]
"""Those among which the validation rows choose, and their averages; the first of them on a tie. `auto` means all."""

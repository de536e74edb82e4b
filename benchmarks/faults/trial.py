"""What a fault does, what was promised, and what undisturbed commands leave behind."""

import time
from dataclasses import dataclass, field
from pathlib import Path

from faults.commands import contents, finish, fit_command, simulate_command, sums

from banian.datasets import write_corner_shop


@dataclass
class Outcome:
    """What became of one kind of fault."""

    fault: str
    times: int = 0
    """How often it struck while the command was running."""
    lost: list[str] = field(default_factory=list)
    """Each promise that was broken, in words."""
    note: str = ""
    seconds: float = 0.0

    def expect(self, holds: bool, promise: str) -> None:
        """Write down a promise that does not hold."""
        if not holds:
            self.lost.append(promise)


@dataclass(frozen=True)
class Reference:
    """What undisturbed commands leave behind, and how long they take."""

    folder: Path
    spec: Path
    bundle: str
    other: Path
    """A second bundle, of another seed."""
    fit_seconds: float
    market: dict[str, bytes]
    simulate_seconds: float


def make_reference(folder: Path) -> Reference:
    """Run every command once without a fault."""
    spec = write_corner_shop(folder / "tables", customers=150)
    start = time.monotonic()
    finish(fit_command(spec, folder / "whole"))
    fit_seconds = time.monotonic() - start
    finish([*fit_command(spec, folder / "other"), "--seed", "1"])
    start = time.monotonic()
    finish(simulate_command(folder / "market"))
    return Reference(
        folder=folder,
        spec=spec,
        bundle=sums(folder / "whole"),
        other=folder / "other",
        fit_seconds=fit_seconds,
        market=contents(folder / "market"),
        simulate_seconds=time.monotonic() - start,
    )

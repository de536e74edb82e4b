"""Subsample the asking rows, where all of them would take too long."""

from dataclasses import replace

import ibis

from banian.examples.ask import Asks
from banian.tables import AbstractEngine

_DIGITS = 8


def subsample(engine: AbstractEngine, asks: Asks, most: int | None) -> Asks:
    """Keep about `most` rows, chosen by a hash: whole entities at entity grain, else single rows; None keeps all."""
    if most is None:
        return asks
    rows = int(asks.rows.count().to_pyarrow().as_py())
    if rows <= most:
        return asks
    unit = asks.rows.key if "key" in asks.rows.columns else asks.rows.ask
    below = format(16**_DIGITS * most // rows, f"0{_DIGITS}x")
    few = asks.rows.filter(unit.cast("string").hexdigest("md5").substr(0, _DIGITS) < below)
    few = few.mutate(ask=ibis.row_number().over(ibis.window(order_by=few.ask)))
    return replace(asks, rows=engine.keep(few))

"""How trees share the cores of a machine."""

import os

_ROWS_FOR_THREADS = 1_000_000


def threads_for(rows: int) -> int:
    """Say how many threads grow the trees of so many rows.

    Where other processes want the cores, threads that wait for each other grow trees ten times slower than one; so
    smaller trees are grown side by side, each by one.
    """
    return 1 if rows < _ROWS_FOR_THREADS else os.cpu_count() or 1


def side_by_side(threads: int) -> int:
    """Say how many trees grow at once, when each takes so many threads.

    >>> side_by_side(10_000)
    1
    """
    return max(1, (os.cpu_count() or 1) // threads)

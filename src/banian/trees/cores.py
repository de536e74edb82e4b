"""How trees share the cores of a machine."""

_ROWS_FOR_THREADS = 1_000_000


def threads_for(rows: int, cores: int) -> int:
    """Say how many threads grow the trees of so many rows, where so many cores may be used.

    Where other processes want the cores, threads that wait for each other grow trees ten times slower than one; so
    smaller trees are grown side by side, each by one.
    """
    return 1 if rows < _ROWS_FOR_THREADS else cores


def side_by_side(threads: int, cores: int) -> int:
    """Say how many trees grow at once on so many cores, when each takes so many threads.

    >>> side_by_side(1, 4), side_by_side(4, 4)
    (4, 1)
    """
    return max(1, cores // threads)

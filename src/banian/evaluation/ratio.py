"""A quotient that may be undefined."""


def ratio(numerator: float, denominator: float) -> float:
    """Divide; NaN where nothing is there to divide by.

    >>> ratio(1.0, 4.0), ratio(0.0, 0.0)
    (0.25, nan)
    """
    return float(numerator) / float(denominator) if denominator > 0 else float("nan")

"""How measured numbers are written."""


def number(value: float | None) -> str:
    """Write a measured number with four digits.

    >>> number(0.70418), number(12345.6), number(None)
    ('0.7042', '12,346', '')
    """
    if value is None:
        return ""
    return f"{value:,.0f}" if abs(value) >= 1_000 else f"{value:.4g}"

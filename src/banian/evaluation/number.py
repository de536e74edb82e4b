"""How measured numbers are written."""


def number(value: float | None) -> str:
    """Write a measured number with four digits.

    >>> number(0.70418), number(12345.6), number(None)
    ('0.7042', '12,346', '')
    """
    if value is None:
        return ""
    return f"{value:,.0f}" if abs(value) >= 1_000 else f"{value:.4g}"


def of_100(share: float) -> str:
    """Write a share as so many of 100.

    >>> of_100(0.3149), of_100(0.004)
    ('31', '0.4')
    """
    return f"{100 * share:.0f}" if share >= 0.0095 or share == 0 else f"{100 * share:.1g}"

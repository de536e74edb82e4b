"""What intervals and quantiles promise of labels, each named by it, and how far that held on test rows."""

from banian.predictions import SHARE

INSIDE = f"in interval ({100 * SHARE:.0f} %)"
BELOW = "below quantile"


def name_promises(
    coverage: float | None, quantile: float | None, below: float | None
) -> dict[str, str]:
    """Map what is promised to how many labels kept it, in words; nothing where nothing is promised.

    An interval promises that nine of ten labels lie inside, a quantile that its own share lies at or below it: the
    90 % interval of a label ends above its quantile 0.9.

    >>> name_promises(0.94, None, None)
    {'in interval (90 %)': '94 %'}
    >>> name_promises(0.91, 0.975, 0.96)
    {'in interval (90 %)': '91 %', 'below quantile': '96 % (97.5 %)'}
    """
    held = {} if coverage is None else {INSIDE: f"{100 * coverage:.0f} %"}
    if quantile is not None and below is not None:
        held[BELOW] = f"{100 * below:.0f} % ({100 * quantile:.10g} %)"
    return held

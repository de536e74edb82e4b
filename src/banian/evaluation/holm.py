"""Which of several findings stand when all are looked at together.

Source: Holm, "A Simple Sequentially Rejective Multiple Test Procedure", Scandinavian Journal of Statistics 6, 1979.
"""

from collections.abc import Mapping


def holm(p_values: Mapping[str, float]) -> dict[str, float]:
    """Correct p-values for being looked at together; the chance of any false finding at a level stays below it.

    >>> holm({"a": 0.01, "b": 0.04, "c": 0.03})
    {'a': 0.03, 'b': 0.06, 'c': 0.06}
    """
    order = sorted(p_values, key=lambda name: p_values[name])
    corrected, highest = {}, 0.0
    for place, name in enumerate(order):
        highest = max(highest, min(1.0, p_values[name] * (len(order) - place)))
        corrected[name] = highest
    return {name: corrected[name] for name in p_values}

"""What a feature means, in words."""

import re

_SPANS = {"h": "hours", "d": "days", "w": "weeks"}
_HISTORY = re.compile(r"(?P<of>.+)\.(?P<does>count|sum|mean|distinct)\.(?P<span>all|\d+[hdw])")
_SINCE = {"recency": "days since the latest of its", "tenure": "days since the first of its"}
_CLOCK = {"time.hour": "hour of the day", "time.weekday": "day of the week, 0 is Monday"}


def describe_feature(name: str, entity: str) -> str:
    """Say what a feature of an entity means.

    >>> describe_feature("orders.amount.sum.30d", "customers")
    'sum of orders.amount, 30 days'
    >>> describe_feature("orders.count.all", "customers")
    'number of orders, all time'
    >>> describe_feature("orders.recency", "customers")
    'days since the latest of its orders'
    >>> describe_feature("country", "customers")
    'country of the customers row'
    """
    if name in _CLOCK:
        return _CLOCK[name]
    of, _, last = name.rpartition(".")
    if last in _SINCE and of:
        return f"{_SINCE[last]} {of}"
    history = _HISTORY.fullmatch(name)
    if history is None:
        return f"{name} of the {entity.split(' by ')[0]} row"
    span = history["span"]
    when = "all time" if span == "all" else f"{span[:-1]} {_SPANS[span[-1]]}"
    says = {
        "count": "number of {}",
        "sum": "sum of {}",
        "mean": "mean of {}",
        "distinct": "different values of {}",
    }
    return f"{says[history['does']].format(history['of'])}, {when}"

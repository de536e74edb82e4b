"""What a feature's name means, in one line."""

import re
from collections.abc import Collection

_SPAN = r"(?P<span>7d|30d|90d|all)"
_BACK = r"(?P<back>\d+)"
_COLUMN_KINDS = {
    rf"sum\.{_SPAN}": "sum of {column} over the events of {events} {span}",
    r"sum\.fading": "sum of {column} per 30 days over the events of {events}, months back counting half each",
    r"sum\.trend": "sum of {column} over the events of {events}: last 30 days against the 30 before, -1 to 1",
    rf"mean\.{_SPAN}": "mean of {column} over the events of {events} {span}",
    rf"distinct\.{_SPAN}": "number of different values of {column} among the events of {events} {span}",
    r"min\.all": "smallest {column} among all events of {events} so far",
    r"max\.all": "largest {column} among all events of {events} so far",
    r"std\.all": "standard deviation of {column} over all events of {events} so far",
    r"negative\.all": "share of negative {column} among all events of {events} so far",
    rf"last\.{_BACK}": "{column} of the {back} event of {events} that has one",
}
_EVENT_KINDS = {
    rf"count\.{_SPAN}": "number of events of {events} {span}",
    r"count\.fading": "events of {events} per 30 days, months back counting half each",
    r"count\.trend": "events of {events}: last 30 days against the 30 before, -1 to 1",
    r"recency": "days since the newest event of {events}",
    r"tenure": "days since the first event of {events}",
    r"gap\.mean": "mean of the days between moments with events of {events}",
    r"gap\.std": "standard deviation of the days between moments with events of {events}",
    r"gap\.due": "days since the newest event of {events}, divided by the mean gap between them",
    rf"gap\.{_BACK}": "days of the {back} gap between moments with events of {events}",
}
_MEANINGS = {
    r"time\.hour": "hour of the day at which the row came to be",
    r"gap\.days": "days since the event before, in a sequence",
    r"time\.weekday": "day of the week on which the row came to be, from Monday, 0",
    r"(?P<column>.+)\.age": "days from {column} of the {entity} row to the ask",
    r"(?P<column>.+)\.relative\.(?P<link>[^.]+)": (
        "{column} of the row, divided by the mean {column} of its {link} before"
    ),
    **{rf"(?P<events>.+)\.(?P<column>[^.]+)\.{k}": meaning for k, meaning in _COLUMN_KINDS.items()},
    **{rf"(?P<events>.+)\.{k}": meaning for k, meaning in _EVENT_KINDS.items()},
}
_SPANS = {"all": "so far"}
_BACKS = {"1": "newest", "2": "second newest", "3": "third newest"}


def describe_feature(name: str, entity: str, static: Collection[str] = ()) -> str:
    """Say what a feature of an entity means; `static` names the tables without time, which may describe it.

    A name says the events, their column, what is made of it, and over which days. Any other name is a column of the
    entity itself.

    >>> describe_feature("lines.amount.mean.30d", "customers")
    'mean of amount over the events of lines in the last 30 days'
    >>> describe_feature("lines via products.gap.1", "merchants")
    'days of the newest gap between moments with events of lines via products'
    >>> describe_feature("country", "customers")
    'country of the customers row'
    >>> describe_feature("demographics.age", "households", ["demographics"])
    'age in demographics of the households'
    """
    own = entity.split(" by ")[0]
    describing = [one for one in static if one != own and name.startswith(f"{one}.")]
    if describing:
        table = max(describing, key=len)
        return f"{name.removeprefix(f'{table}.')} in {table} of the {own}"
    for pattern, meaning in _MEANINGS.items() if "." in name else ():
        found = re.fullmatch(pattern, name)
        if found is not None:
            parts = found.groupdict() | {"entity": entity.split(" by ")[0]}
            span, back = parts.get("span"), parts.get("back")
            parts["span"] = _SPANS.get(str(span), f"in the last {str(span)[:-1]} days")
            parts["back"] = _BACKS.get(str(back), f"{back}th newest")
            return meaning.format(**parts)
    return f"{name} of the {own} row"

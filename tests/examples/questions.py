"""Random questions: a tree of plain tuples, the text that says it, and the columns that it reads.

The parts: ("window", {…}), ("sql", start, end), ("column", name), ("number", n), ("text", t), ("filter", text); over
other trees (sign, left, right) for arithmetic and comparison, ("and", "or", "greatest", "least", parts), ("not",
"absent", part).
"""

from collections.abc import Iterator
from typing import Any

import hypothesis.strategies as st
from filters import LATE, OF_ORDERS, READS

Tree = tuple[Any, ...]

AHEAD = [("0", "12h"), ("0", "1d"), ("0", "3d"), ("0", "7d"), ("0", "30d"), ("0", "1mo")]
AHEAD += [("1d", "7d"), ("12h", "1mo"), ("1mo", "2mo")]
BACK = [("-12h", "0"), ("-3d", "0"), ("-30d", "0"), ("-1mo", "0"), ("-7d", "-1d"), ("-2mo", "-12h")]
NUMBERS = ("value", "count", "paid", "a score", "late", "net", "gain", "bought")
COMPARED = [("orders", ["customer"]), ("orders", ["customer", "product"]), ("orders", ["product"])]
COMPARED += [("orders", ["city"]), ("visits", ["customer"])]
"""Events, and the columns in which they must equal the asking order."""
SUM = "SELECT customer AS key, SUM(value) AS value FROM orders GROUP BY customer"
"""Its meaning is the oracle's: the sum of value per customer in the window, absent without one."""


def parts_of(tree: Tree) -> Iterator[Tree]:
    yield tree
    for inner in tree[1:]:
        if isinstance(inner, tuple):
            yield from parts_of(inner)
        elif isinstance(inner, list):
            for part in inner:
                yield from parts_of(part)


def windows_of(tree: Tree) -> list[Tree]:
    return [part for part in parts_of(tree) if part[0] in ("window", "sql")]


def columns_of(tree: Tree) -> set[str]:
    read = {part[1] for part in parts_of(tree) if part[0] == "column"}
    return read.union(*(READS[part[1]] for part in parts_of(tree) if part[0] == "filter"))


def is_yes_or_no(tree: Tree) -> bool:
    if tree[0] == "window":
        return bool(tree[1]["function"] == "exists")
    return tree[0] in ("and", "or", "not", "absent", "filter", "<", "<=", ">", ">=", "=", "!=")


def is_named(tree: Tree) -> bool:
    """Whether it is a name or a list of names, not a number."""
    return (
        tree[0] == "window"
        and tree[1]["column"] in ("product", "city", "page")
        and tree[1]["function"] in ("first", "last", "list_distinct")
    )


def is_truth(tree: Tree) -> bool:
    """Whether every label is yes or no."""
    return is_yes_or_no(tree) or tree in [
        ("column", "bought"),
        ("column", "late"),
        ("column", "paid"),
    ]


def written(tree: Tree) -> str:
    match tree:
        case ("window", asked):
            return write_window(asked)
        case ("sql", start, end):
            return f"SQL('{SUM}', {start}, {end})"
        case ("column", name):
            return quoted(name)
        case ("number", number):
            return str(number)
        case ("text", text):
            return f"'{text}'"
        case ("filter", text):
            return f"({text})"
        case ("and" | "or" as word, parts):
            return "(" + f" {word.upper()} ".join(map(written, parts)) + ")"
        case ("greatest" | "least" as word, parts):
            return f"{word.upper()}({', '.join(map(written, parts))})"
        case ("not", part):
            return f"NOT {written(part)}"
        case ("absent", part):
            return f"({written(part)} IS NULL)"
        case (sign, left, right):
            return f"({written(left)} {sign} {written(right)})"
    raise AssertionError(tree)


def quoted(name: str) -> str:
    return name if name.isidentifier() else f'"{name}"'


def write_window(asked: dict[str, Any]) -> str:
    of = (
        asked["table"] if asked["column"] is None else f"{asked['table']}.{quoted(asked['column'])}"
    )
    text = f"{asked['function'].upper()}({of}"
    if asked["where"]:
        text += f" WHERE {asked['where']}"
    if asked["same"]:
        text += f" SAME {', '.join(asked['same'])}"
    text += f", {asked['start']}, {asked['end']})"
    return f"{text} RANK TOP {asked['top']}" if asked["top"] else text


@st.composite
def windows(
    draw: st.DrawFn, table: str, bounds: list[Any], same: list[str], functions: str = "number"
) -> Tree:
    choices = {
        "number": ["count", "count_distinct", "sum", "avg", "min", "max", "first", "last"],
        "yes": ["exists"],
        "name": ["first", "last"],
        "list": ["list_distinct"],
    }
    function = draw(st.sampled_from(choices[functions]))
    columns = ["pages"] if table == "visits" else list(NUMBERS)
    names = ["page"] if table == "visits" else ["product", "city"]
    if functions in ("name", "list"):
        columns = names
    elif function == "count_distinct":
        columns = columns + names
    column = None if function in ("exists", "count") else draw(st.sampled_from(columns))
    filters = ["pages > 1"] if table == "visits" else OF_ORDERS
    start, end = draw(st.sampled_from(bounds))
    return (
        "window",
        {
            "function": function,
            "table": table,
            "column": column,
            "where": draw(st.none() | st.sampled_from(filters)),
            "same": same,
            "start": start,
            "end": end,
            "top": draw(st.sampled_from([1, 12])) if functions == "list" else None,
        },
    )


@st.composite
def numbers(draw: st.DrawFn, window: Any, depth: int) -> Tree:
    """A number: a window, or something computed of numbers."""
    if depth == 0 or draw(st.integers(0, 2)):
        return draw(window("number"))
    inner = numbers(window, depth - 1)
    sign = draw(st.sampled_from(["+", "-", "*", "/", "greatest", "least", "number"]))
    if sign in ("greatest", "least"):
        return (
            sign,
            [draw(inner), draw(st.just(("number", draw(st.sampled_from([0, 2, -1.5])))) | inner)],
        )
    if sign == "number":
        return (
            draw(st.sampled_from("+-*/")),
            draw(inner),
            ("number", draw(st.sampled_from([2, 0.5]))),
        )
    return (sign, draw(inner), draw(inner))


@st.composite
def conditions(draw: st.DrawFn, window: Any, depth: int, plain: Any = None) -> Tree:
    """Yes or no: events that exist, numbers that are compared, and what is said of them together."""
    kinds = ["yes", "compare", "compare", "two", "name"] + (["plain"] if plain is not None else [])
    kinds += ["and", "or", "not", "absent"] if depth else []
    kind = draw(st.sampled_from(kinds))
    inner = conditions(window, depth - 1, plain)
    if kind == "yes":
        return draw(window("yes"))
    if kind == "plain":
        return draw(plain)
    if kind in ("and", "or"):
        return (kind, [draw(inner), draw(inner)])
    if kind == "not":
        return ("not", draw(inner))
    if kind == "absent":
        return ("absent", draw(window("number") | window("name")))
    if kind == "name":
        text = ("text", draw(st.sampled_from(["s", "p1", "home"])))
        return (draw(st.sampled_from(["=", "!="])), draw(window("name")), text)
    sign = draw(st.sampled_from(["<", "<=", ">", ">=", "=", "!="]))
    if kind == "two":  # means are rounded
        exact = window("number").filter(lambda part: part[1]["function"] != "avg")
        return (sign, draw(exact), draw(exact))
    if draw(st.booleans()):
        return (sign, draw(window("number")), ("number", draw(st.sampled_from([0, 1, 2, 0.5]))))
    # What was computed is rounded: compare it with what it cannot be.
    return (sign, draw(numbers(window, 1)), ("number", draw(st.sampled_from([0.37, 2.11]))))


def labels(window: Any) -> st.SearchStrategy[Tree]:
    return st.one_of(
        numbers(window, 2), conditions(window, 2), window("name"), window("list"), window("number")
    )


@st.composite
def entity_questions(draw: st.DrawFn, entity: str) -> dict[str, Tree]:
    tables = ["orders", "visits"] if entity == "customers" else ["orders"]

    def ahead(functions: str) -> st.SearchStrategy[Tree]:
        return st.sampled_from(tables).flatmap(lambda t: windows(t, AHEAD, [], functions))

    def back(functions: str) -> st.SearchStrategy[Tree]:
        return st.sampled_from(tables).flatmap(lambda t: windows(t, BACK, [], functions))

    asked = {"label": draw(labels(ahead))}
    is_number = not is_named(asked["label"]) and not is_yes_or_no(asked["label"])
    if is_number and draw(st.integers(0, 4)) == 0:
        asked["label"] = ("-", asked["label"], draw(back("number")))  # a change
    if entity == "customers" and draw(st.integers(0, 4)) == 0:
        asked["label"] = ("sql", *draw(st.sampled_from(AHEAD)))
    if draw(st.booleans()):
        own = st.sampled_from(["age > 25", "plan = 'free'", "age IS NULL"]).map(
            lambda t: ("filter", t)
        )
        asked["where"] = draw(conditions(back, 1, own if entity == "customers" else None))
    return asked


@st.composite
def row_labels(draw: st.DrawFn) -> Tree:
    """What is asked about an order: a column of its own, something computed of two, or what happens after it."""
    kind = draw(st.sampled_from(["column", "computed", "window", "window"]))
    if kind == "column":
        return ("column", draw(st.sampled_from(["bought", "late", "a score", "paid", "gain"])))
    if kind == "computed":
        other = draw(st.sampled_from(["a score", "gain"]))
        return draw(
            st.sampled_from(
                [
                    ("+", ("column", "bought"), ("column", other)),
                    ("or", [("column", "late"), (">", ("column", other), ("number", 2))]),
                ]
            )
        )
    events, same = draw(st.sampled_from(COMPARED))
    return draw(labels(lambda functions: windows(events, AHEAD, same, functions)))


@st.composite
def row_conditions(draw: st.DrawFn, hidden: set[str]) -> Tree:
    """Which orders are asked about; columns in `hidden` are not known then."""
    early = [text for text in OF_ORDERS if text not in LATE and not hidden & set(READS[text])]
    own = st.sampled_from([*early, "TRUE"]).map(lambda text: ("filter", text))
    events, same = draw(st.sampled_from(COMPARED))
    return draw(own | conditions(lambda functions: windows(events, BACK, same, functions), 1, own))

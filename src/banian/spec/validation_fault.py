"""What pydantic finds wrong with a spec, in the words of whoever wrote it: where, what is there, what to write."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, get_args

import yaml
from pydantic import ValidationError

from banian.conceal import conceal
from banian.errors import nearest
from banian.spec.model import ModelSpec

_TAGS = frozenset(
    {"source", "derived", "rows", "entity", "time", "id"}.union(
        str(choice.model_fields["kind"].default)
        for field in ModelSpec.model_fields.values()
        for choice in get_args(field.annotation)
        if "kind" in getattr(choice, "model_fields", ())
    )
)
"""What pydantic puts into a fault's path after choosing among several specs; the user never wrote it."""
_EXAMPLES = {
    "shop": "shop: my-shop",
    "tables": "tables: {orders: {source: orders.csv}}",
    "split": "split: {valid: 2025-09-01, test: 2025-11-01}, or split: {by: id} where rows have no time",
    "split.valid": "split: {valid: 2025-09-01, test: 2025-11-01}",
    "split.test": "split: {valid: 2025-09-01, test: 2025-11-01}",
}
"""Part of a spec → how it is written, where it is missing."""
_KINDS = {
    "string": "one text",
    "dict": "a mapping, {NAME: VALUE}",
    "model": "a mapping, {NAME: VALUE}",
    "tuple": "a list, [A, B]",
    "list": "a list, [A, B]",
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "date": "a date like 2025-09-01",
    "datetime": "a time like 2025-09-01T12:00:00",
}
"""Beginning of a fault's type → what must stand there."""
_NOT_A_KIND = ("_type", "_parsing", "_attributes_type", "_from_float")
_LONGEST = 80
_PLAIN = re.compile(r"\w[\w .,&!'-]{0,40}")


def explain_fault(error: ValidationError) -> str:
    """Name every fault once: its place as a path, what is wrong there, and what to write."""
    faults = []
    for fault in error.errors():
        parts = [str(part) for part in fault["loc"]]
        tag = {"tables": 2, "tasks": 2, "split": 1, "model": 2}.get(parts[0]) if parts else None
        if tag is not None and parts[tag : tag + 1] and parts[tag] in _TAGS:
            del parts[tag]
        message = say_fault(fault, parts)
        faults.append(f"{'.'.join(parts)}: {message}" if parts else message)
    return "\n".join(dict.fromkeys(faults))


def say_fault(fault: Mapping[str, Any], parts: Sequence[str] = ()) -> str:
    """Say what is wrong with one fault of those that pydantic lists; `parts` is its path in the spec."""
    kind, given = fault["type"], fault["input"]
    if kind == "value_error":  # says what was found itself
        return str(fault["msg"]).removeprefix("Value error, ")
    if kind == "union_tag_invalid":
        found, known = fault["ctx"]["tag"], fault["ctx"]["expected_tags"].replace("'", "")
        return f"there is no {found!r}. {nearest(found, known.split(', '))}"
    if kind == "missing":
        example = _EXAMPLES.get(".".join(parts))
        return "this is missing." + (f" Write {example}." if example else "")
    if kind == "string_pattern_mismatch" and parts == ["shop"]:
        plain = "my-shop"
        if _PLAIN.fullmatch(given) and conceal(given) == given:  # else a secret might be repeated
            plain = re.sub(r"[^\w-]+", "-", given).strip("-")
        return f"{given!r} is no name: it needs letters, digits, _ and - only. Write shop: {plain}"
    return _say_kind(kind, given, parts) or _say_limit(fault, given)


def _say_kind(kind: str, given: object, parts: Sequence[str]) -> str | None:
    """Say what must stand there where something of another kind does."""
    if not kind.endswith(_NOT_A_KIND):
        return None
    place = next((name for name in _KINDS if kind.startswith(f"{name}_")), None)
    if place is None:
        return None
    message = f"this must be {_KINDS[place]}, and is {_show(given)}."
    is_mapping = place in ("dict", "model")
    if len(parts) == 2 and parts[0] == "tasks" and is_mapping:
        return (
            f"a task is a question, and this is {_show(given)}. Write one like PREDICT COUNT(orders, 0, 30d) FOR EACH "
            "customers."
        )
    if len(parts) == 2 and parts[0] == "tables" and is_mapping:
        shown = given if isinstance(given, str) and "{" not in given else "orders.csv"
        return f"{message} Write {parts[1]}: {{source: {shown}}}."
    if parts[-1:] == ["key"] and isinstance(given, list):
        return f"{message} A key is one column: join these in the source, or leave key out where rows need none."
    if parts == ["split"]:
        return f"{message} Write {_EXAMPLES['split']}."
    if isinstance(given, list) and place == "string":
        return f"{message} Name one."
    if place in ("tuple", "list") and isinstance(given, str):
        return f"{message} Write [{given}]."
    return message


def _say_limit(fault: Mapping[str, Any], given: object) -> str:
    """Say the rest, such as limits of numbers, and what is there instead."""
    message = str(fault["msg"])
    if isinstance(given, str | int | float) and " should " in message:
        message = f"{message}, not {given!r}"
    return message.replace("Input should be", "this must be").replace("String should", "this must")


def _show(given: object) -> str:
    if given is None:
        return "empty"
    if isinstance(given, str):
        return repr(given)
    if isinstance(given, Mapping):
        return "a mapping"
    text = yaml.safe_dump(given, default_flow_style=True, width=10**6, allow_unicode=True)
    text = text.removesuffix("\n").removesuffix("\n...").strip()
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"

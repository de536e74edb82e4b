"""Text to spec and back; the caller does the reading."""

from typing import Any

import yaml
from pydantic import ValidationError

from banian.errors import SpecError
from banian.spec.question import parse_question
from banian.spec.shop import ShopSpec
from banian.spec.validation_fault import explain_fault
from banian.spec.yaml_text import read_yaml

_REMEDY = "Correct the spec and run it again."
_PROPOSE = "banian propose SPEC --data DIR lists the tasks that its tables could supervise."


def parse_spec(text: str, *, overrides: tuple[str, ...] = ()) -> ShopSpec:
    """Read a shop's declaration from YAML.

    `overrides` are assignments like `train.epochs=3`, applied before anything is validated.

    Raises:
        SpecError: the text is no YAML, or declares something impossible.

    """
    spec = _validate(_read_tree(text, overrides))
    expect_tasks(spec)
    return spec


def expect_tasks(spec: ShopSpec) -> None:
    """Check that a spec has the tasks and the split that learning needs.

    Raises:
        SpecError: it asks nothing.

    """
    if not spec.tasks:
        raise SpecError("tasks: none are asked.", remedy=_PROPOSE)


def parse_tables(text: str, *, overrides: tuple[str, ...] = ()) -> tuple[ShopSpec, bool]:
    """Read a declaration that may lack tasks and split; say whether it has a split of its own.

    Without one, rows are split by id until something better is known.

    Raises:
        SpecError: the text is no YAML, or declares something impossible.

    """
    tree = _read_tree(text, overrides)
    has_split = tree.get("split") is not None
    tree["tasks"] = tree.get("tasks") or {}
    if not has_split and not tree["tasks"]:
        tree["split"] = {"by": "id"}
    return _validate(tree), has_split


def _read_tree(text: str, overrides: tuple[str, ...]) -> dict[str, Any]:
    tree = read_yaml(text)
    if not isinstance(tree, dict):
        raise SpecError(
            "The spec is empty or not a mapping.",
            remedy="Start it with: shop, tables, tasks, split.",
        )
    for override in overrides:
        _assign(tree, override)
    if "tasks" in tree:
        tree["tasks"] = tree["tasks"] or {}  # all of them may be comments
    return tree


def _validate(tree: dict[str, Any]) -> ShopSpec:
    try:
        return ShopSpec.model_validate(tree)
    except ValidationError as error:
        remedy = _REMEDY if "tasks" in tree else f"{_REMEDY} {_PROPOSE}"
        raise SpecError(explain_fault(error), remedy=remedy) from None


def dump_spec(spec: ShopSpec) -> str:
    """Write a spec as YAML that `parse_spec` reads back as the same value."""
    tree = spec.model_dump(mode="json", by_alias=True, exclude_none=True)
    return yaml.safe_dump(tree, sort_keys=False, allow_unicode=True)


def _assign(tree: dict[str, Any], override: str) -> None:
    path, equals, value = override.partition("=")
    *parents, last = path.strip().split(".")
    if not equals or not last:
        raise SpecError(
            f"Cannot read the setting {override!r}.", remedy="Write it like: --set train.epochs=3"
        )
    for depth, name in enumerate(parents, start=1):
        inner = tree.setdefault(name, {})
        if not isinstance(inner, dict):
            inner = _open(inner, ".".join(parents[:depth]))
        tree[name] = dict(inner)  # an alias may share it with a part that is not meant
        tree = tree[name]
    try:
        tree[last] = read_yaml(value)
    except SpecError as error:
        raise SpecError(
            f"Cannot read the value of the setting {override!r}. {error.problem}",
            remedy="Write a value as in YAML; one with brackets or colons in quotes.",
        ) from None


def _open(value: object, where: str) -> dict[str, Any]:
    is_question = isinstance(value, str) and value.lstrip().upper().startswith("PREDICT")
    if not is_question and "(" not in str(value):
        return {}  # `model: auto` gives way to a mapping
    if not is_question:
        raise SpecError(
            f"{where} is {value!r}, which has no parts to set.",
            remedy=f"Set it whole: --set '{where}=…'",
        )
    try:
        return parse_question(str(value)).model_dump(mode="json", exclude_none=True)
    except ValueError as error:
        raise SpecError(f"{where}: {error}", remedy=_REMEDY) from None

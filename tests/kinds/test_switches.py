"""What is decided by the kind of a task is asked of the kind, so that a new one is a file of its own."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest

import banian
from banian.spec import Kind

PACKAGE = Path(banian.__file__).parent
NAMES = set(get_args(Kind))
DECLARED = ("spec/kind.py", "models/towers/build.py")
"""Where the spec declares the names, and where the names of towers become towers."""
IN_TEMPLATE = re.compile(r"\bkind\s*(==|!=|in\b|not in\b)")


def switches(source: str) -> Iterator[int]:
    """Find the lines that compare or match a kind with names of kinds, or that list several of these."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Compare(left=left, comparators=others):
                sides = [left, *others]
                if any(map(is_kind, sides)) and any(names_in(side) for side in sides):
                    yield node.lineno
            case ast.Match(subject=subject, cases=cases):
                if is_kind(subject) and any(names_in(case.pattern) for case in cases):
                    yield node.lineno
            case ast.Tuple(elts=parts) | ast.List(elts=parts) | ast.Set(elts=parts):
                if len(set().union(*map(plain_name, parts))) > 1:
                    yield node.lineno
            case ast.Dict(keys=keys):
                if len(set().union(*(plain_name(key) for key in keys if key))) > 1:
                    yield node.lineno


def is_kind(node: ast.AST) -> bool:
    match node:
        case ast.Name(id=name):
            return name in ("kind", "kinds")
        case ast.Attribute(attr=name):
            return name == "kind"
        case ast.Subscript(value=value, slice=key):
            return is_kind(value) or "kind" in constants_in(key)
        case _:
            return False


def constants_in(node: ast.AST) -> set[str]:
    found = (one.value for one in ast.walk(node) if isinstance(one, ast.Constant))
    return {value for value in found if isinstance(value, str)}


def names_in(node: ast.AST) -> set[str]:
    return constants_in(node) & NAMES


def plain_name(node: ast.AST) -> set[str]:
    return names_in(node) if isinstance(node, ast.Constant) else set()


@pytest.mark.parametrize(
    "source",
    [
        'x = kind == "count"',
        'x = spec.kind in ("amount", "other")',
        'x = "binary" != score["kind"]',
        'x = kinds[task] not in ("ranking",)',
        'match spec.kind:\n    case "uplift":\n        pass',
        'match kind:\n    case "a" | "ordinal" if x:\n        pass',
        'SUMMED = ("count", "amount")',
        'SHOWN = {"binary": 1, "ranking": 2}',
    ],
)
def test_a_switch_on_the_kind_is_seen(source):
    assert list(switches(source))


@pytest.mark.parametrize(
    "source",
    [
        'x = kind == "text"',
        'x = objective == "multiclass"',
        'match function:\n    case "count":\n        pass',
        'KNOWN = ("exists", "count")',
    ],
)
def test_a_switch_on_something_else_is_not(source):
    assert not list(switches(source))


def test_only_kinds_and_the_two_places_that_pair_names_switch_on_the_kind_of_a_task():
    found = [
        f"{path}:{line}"
        for file in PACKAGE.rglob("*.py")
        if (path := file.relative_to(PACKAGE).as_posix()) not in DECLARED
        and not path.startswith("kinds/")
        for line in switches(file.read_text(encoding="utf-8"))
    ]
    assert not found, "ask build_kind(name) instead, in a member of AbstractKind"


def test_no_template_switches_on_the_kind_of_a_task():
    templates = [*PACKAGE.rglob("*.jinja")]
    assert templates
    assert not [one.name for one in templates if IN_TEMPLATE.search(one.read_text("utf-8"))]

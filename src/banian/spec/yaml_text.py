"""YAML as plain values; what PyYAML would take in silence, or fall over, is refused."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, final

import yaml

from banian.errors import SpecError

_DEEPEST = 50
"""Mappings and lists inside each other; a spec needs six."""
_TOO_DEEP = f"this is nested more than {_DEEPEST} deep"
_LARGEST = 100_000
"""Values, with what aliases repeat written out; a spec of a thousand columns has some thousand."""
_MEND = "Mend the line it names."
_MISFITS = (ValueError, LookupError, AttributeError, TypeError, OverflowError)
"""What PyYAML lets through of a value like an impossible date, or `!!bool maybe`."""


def read_yaml(text: str) -> Any:  # noqa: ANN401
    r"""Read one YAML document; of a key that stands twice in a mapping neither is taken.

    Raises:
        SpecError: the text is no YAML, too deep, repeated too often by aliases, or has a key twice; says where.

    >>> read_yaml("a: 1\nb: {c: 2}")
    {'a': 1, 'b': {'c': 2}}

    """
    try:
        return _Loader(text).get_single_data()
    except yaml.MarkedYAMLError as error:
        raise SpecError(_place(error), remedy=_MEND) from None
    except yaml.YAMLError as error:
        raise SpecError(f"This is not YAML: {error}", remedy=_MEND) from None
    except _MISFITS as error:
        raise SpecError(
            f"This is not YAML: a value does not fit its kind: {error}",
            remedy="Mend the value, or write it in quotes.",
        ) from None


@final
class _Loader(yaml.SafeLoader):
    """Composes a document's nodes as PyYAML does, and looks at each before a value is made of it."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self._path: list[str] = []
        self._measured: dict[yaml.Node, tuple[int, int]] = {}
        """Node → how many values it holds and how deep they lie, aliases written out."""

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:  # noqa: ANN401
        with self._inside(index):
            event = self.peek_event()
            if len(self._path) > _DEEPEST:
                raise _fault(_TOO_DEEP, event.start_mark)
            node = super().compose_node(parent, index)
            if isinstance(event, yaml.AliasEvent):
                self._check_alias(node, event)
            elif node is not None:
                self._measure(node)
            return node

    def compose_mapping_node(self, anchor: Any) -> yaml.MappingNode:  # noqa: ANN401
        node = super().compose_mapping_node(anchor)
        first: dict[object, yaml.Node] = {}
        for key, _ in node.value:
            if not isinstance(key, yaml.ScalarNode) or key.tag == "tag:yaml.org,2002:merge":
                continue  # a merged key gives way to one that stands there, so nothing is lost
            other = first.setdefault(self.construct_object(key), key)
            if other is not key:
                raise self._twice(key, other)
        return node

    def _twice(self, key: yaml.ScalarNode, other: yaml.Node) -> SpecError:
        lines = [node.start_mark.line + 1 for node in (other, key)]
        where = (
            f"in lines {lines[0]} and {lines[1]}" if lines[0] != lines[1] else f"in line {lines[0]}"
        )
        inside = ".".join(filter(None, self._path))
        return SpecError(
            f"{inside}{': ' if inside else ''}the key {key.value!r} stands twice, {where}: "
            "only the second would count.",
            remedy="Join the two, leave one of them out, or rename it.",
        )

    @contextmanager
    def _inside(self, index: Any) -> Iterator[None]:  # noqa: ANN401
        self._path.append(index.value if isinstance(index, yaml.ScalarNode) else "")
        yield
        self._path.pop()

    def _check_alias(self, node: yaml.Node | None, event: yaml.AliasEvent) -> None:
        if node not in self._measured:
            problem = f"the alias *{event.anchor} stands inside what it stands for"
            raise _fault(problem, event.start_mark)
        if len(self._path) + self._measured[node][1] > _DEEPEST:
            raise _fault(_TOO_DEEP, event.start_mark)

    def _measure(self, node: yaml.Node) -> None:
        parts: list[yaml.Node] = []
        if isinstance(node, yaml.SequenceNode):
            parts = node.value
        elif isinstance(node, yaml.MappingNode):
            parts = [part for pair in node.value for part in pair]
        measured = [self._measured[part] for part in parts]
        size = 1 + sum(size for size, _ in measured)
        self._measured[node] = (size, 1 + max((height for _, height in measured), default=0))
        if size > _LARGEST:
            problem = f"this holds more than {_LARGEST:,} values, with what aliases repeat"
            raise _fault(problem, node.start_mark)


def _fault(problem: str, mark: Any) -> yaml.MarkedYAMLError:  # noqa: ANN401 -- of a parser in Python or in C
    return yaml.MarkedYAMLError(problem=problem, problem_mark=mark)


def _place(error: yaml.MarkedYAMLError) -> str:
    """Name the fault and where it is; the line itself stays unsaid, since it may hold a password."""
    said = [
        text if mark is None else f"{text} in line {mark.line + 1}, column {mark.column + 1}"
        for text, mark in (
            (error.context, error.context_mark),
            (error.problem, error.problem_mark),
        )
        if text
    ]
    return f"This is not YAML: {', '.join(said)}"

"""What a source says of the asking rows of a table, laid out once."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import final

from banian.errors import SpecError
from banian.features.columns import contents_of, refuse_twins
from banian.features.feature import Feature
from banian.features.plan import Described, Types, entities_of_rows, features_of_row
from banian.spec import Content, ShopSpec


@final
@dataclass(frozen=True)
class RowPlan:
    """What a source says of the asking rows of a table.

    Args:
        own: features of the row itself.
        relative: features by which a number of it is held against its past → what is divided by what: the column, the
            link by which the past is known, and the feature of whom it links to that says it.
        entities: who is described beside it.
        contents: feature of the row itself → what it holds, where an encoder of its own reads it.

    """

    own: tuple[Feature, ...]
    relative: Mapping[str, tuple[str, str, str]]
    entities: tuple[Described, ...]
    contents: Mapping[str, Content]


def plan_row(spec: ShopSpec, types: Types, table: str) -> RowPlan:
    """Lay out what a source says of the asking rows of a table.

    Raises:
        SpecError: two features have one name, or two tables.

    """
    entities = tuple(one for one in entities_of_rows(spec, table) if one.key is not None)
    for one in entities:
        if one.key is not None and one.name != one.entity and one.name in spec.tables:
            raise SpecError(
                f"tables.{one.name}: {table} calls {one.entity} so, to which it links by {one.key.column}.",
                remedy="Rename the table.",
            )
    features = list(features_of_row(spec, types, table))
    refuse_twins(features, of=table)
    relative = {}
    for feature in features:
        if feature.statistic == "relative":
            assert feature.path is not None
            past = Feature("", "mean", feature.column, path=feature.path, span="all")
            relative[feature.name] = str(feature.column), feature.path.link, past.name
    own = tuple(feature for feature in features if feature.statistic != "relative")
    contents = contents_of(spec, own)
    return RowPlan(own, relative, entities, contents)


def refuse_joint_twins(features: Mapping[str, Collection[str]]) -> None:
    """Hold entity and feature, as trees write them, against each other: a.b of c is not b.c of a.

    Args:
        features: who is described, by the name under which that is → the names of the features.

    Raises:
        SpecError: two together have one name.

    """
    for entity, seen in features.items():
        names = {name.casefold() for name in seen}
        for other in features:
            inner = f"{other}.".removeprefix(f"{entity}.")
            if other == entity or inner == f"{other}.":
                continue
            for name in features[other]:
                if (inner + name).casefold() in names:
                    raise SpecError(
                        f"tables.{entity}: a feature of it is called {inner + name!r}, and {name!r} is one of {other}; "
                        "together they have one name.",
                        remedy=f"Rename the column or the table, or leave it out: ignore: [{name}].",
                    )

"""Specs survive the way to text and back, and settings change what they name."""

from datetime import datetime
from pathlib import Path
from typing import Any

import hypothesis.strategies as st
import pytest
import yaml
from hypothesis import HealthCheck, given, settings

from banian.errors import SpecError
from banian.spec import (
    CrossStitchSpec,
    EntityTaskSpec,
    IdSplitSpec,
    LatentVariableSpec,
    MMoESpec,
    PLESpec,
    RowTaskSpec,
    SharedBottomSpec,
    ShopSpec,
    STEMSpec,
    TaskAttentionSpec,
    TimeSplitSpec,
    dump_spec,
    parse_spec,
)
from banian.spec.expression_text import format_name

GALLERY = Path(__file__).parents[2] / "gallery"
BRIEF = settings(
    max_examples=60, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck)
)

SHOP = """
shop: small
tables:
  lines: {source: lines.csv, time: at, links: {customer: customers}}
  customers: {from: lines, key: customer}
tasks:
  buy: {for_each: customers, label: {aggregate: exists, of: lines, within: 7d}}
split: {valid: 2020-01-01, test: 2020-02-01}
"""


@pytest.mark.parametrize("path", sorted(GALLERY.glob("*.yaml")), ids=lambda path: path.stem)
def test_gallery_specs_come_back_from_text_as_the_same_value(path: Path):
    spec = parse_spec(path.read_text())
    assert parse_spec(dump_spec(spec)) == spec
    assert ShopSpec.model_validate_json(spec.model_dump_json(by_alias=True)) == spec


def test_there_are_gallery_specs():
    assert {path.stem for path in GALLERY.glob("*.yaml")} >= {"online_retail", "hillstrom"}


names = st.text(
    st.characters(codec="utf-8", categories=("L", "N", "P", "Zs")), min_size=1, max_size=8
).filter(lambda name: "." not in name)
durations = st.tuples(st.integers(1, 400), st.sampled_from("hdw")).map(lambda d: f"{d[0]}{d[1]}")
expressions = st.sampled_from(
    ["a > 1", "\"we ird\" IN (1, -2.5, 'x')", "NOT a = 'ü' OR b IS NULL", "a * (b - 1) / 2 <= c"]
)


def optional(**fields: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({}, optional=fields)


@st.composite
def specs(draw: st.DrawFn) -> dict[str, Any]:
    """Draw a declaration with every kind of table, task, split and sharing."""
    by_time = draw(st.booleans())
    events, entity, derived = draw(
        st.lists(names, min_size=3, max_size=3, unique_by=lambda name: name.casefold())
    )
    columns = draw(st.lists(names, min_size=6, max_size=6, unique=True))
    key, time, link, number, late, scene = columns
    aggregate = st.fixed_dictionaries(
        {
            "aggregate": st.sampled_from(["count", "exists"]),
            "of": st.just(events),
            "within": durations,
        },
        optional={"where": expressions},
    ) | st.fixed_dictionaries(
        {
            "aggregate": st.sampled_from(["sum", "avg", "min", "max", "count_distinct"]),
            "of": st.just(f"{events}.{number}"),
            "within": durations,
        },
        optional={
            "at_least": st.floats(allow_nan=False, allow_infinity=False),
            "compare": st.sampled_from(["> 0", "<= -2.5", " !=  3 ", "= 0"]),
        },
    )
    tables = {
        events: {
            "source": "a.csv",
            "key": key,
            "time": time,
            "links": {link: entity, number: derived},
        }
        | draw(
            optional(
                scene=st.just(scene),
                derive=st.dictionaries(names, expressions, max_size=2),
                known_at=st.sampled_from([{late: "3d"}, {late: time}]),
                time_format=st.sampled_from(["%d/%m/%Y", "unix"]),
                where=expressions,
            )
        ),
        entity: {"source": "b.parquet", "key": key},
        derived: {"from": events, "key": number},
    }
    tasks: dict[str, Any] = {
        "by row": {"rows": events, "label": format_name(late)}
        | draw(optional(where=expressions, metric=st.sampled_from(["mae", "auc"])))
    }
    if by_time:
        tasks["by row"] |= draw(optional(within=durations))
        tasks["window"] = {"rows": events, "given": "by row"}
        tasks["window"]["label"] = draw(aggregate) | {"same": [link]}
        tasks["entity"] = {"for_each": draw(st.sampled_from([entity, derived]))}
        tasks["entity"]["label"] = draw(aggregate)
    instants = st.datetimes(datetime(2000, 1, 1), datetime(2030, 1, 1))
    valid, test = sorted(draw(st.lists(instants, min_size=2, max_size=2, unique=True)))
    split = {"valid": valid.isoformat(), "test": test.isoformat()} | draw(
        optional(stride=durations, history=durations)
    )
    shares = {"valid": draw(st.floats(0.01, 0.49)), "test": draw(st.floats(0.01, 0.49))}
    model = st.just("auto") | optional(
        entity_width=st.integers(1, 512),
        dropout=st.floats(0, 0.9),
        sharing=st.fixed_dictionaries({"kind": st.just("mmoe"), "experts": st.integers(1, 9)})
        | st.fixed_dictionaries({"kind": st.just("shared_bottom"), "width": st.integers(1, 9)}),
    )
    return {
        "shop": draw(st.from_regex(r"\A[a-z0-9_-]{1,9}\Z")),
        "tables": tables,
        "tasks": tasks,
        "split": split if by_time else {"by": draw(names)} | shares,
        "model": draw(model),
        "train": draw(optional(epochs=st.integers(1, 99), learning_rate=st.floats(1e-6, 1))),
    }


@BRIEF
@given(tree=specs())
def test_every_spec_comes_back_from_text_as_the_same_value(tree: dict[str, Any]):
    spec = parse_spec(yaml.safe_dump(tree, allow_unicode=True))
    assert parse_spec(dump_spec(spec)) == spec
    assert ShopSpec.model_validate_json(spec.model_dump_json(by_alias=True)) == spec
    assert ShopSpec.model_validate(spec.model_dump()) == spec


def test_the_form_of_a_table_task_and_split_says_which_it_is():
    spec = parse_spec(SHOP)
    assert isinstance(spec.tasks["buy"], EntityTaskSpec)
    assert isinstance(spec.split, TimeSplitSpec)
    rows = SHOP.replace(
        "{for_each: customers, label: {aggregate: exists, of: lines, within: 7d}}", ""
    )
    rows = rows.replace("buy: ", "buy: {rows: lines, label: bought}")
    rows = rows.replace("{valid: 2020-01-01, test: 2020-02-01}", "{by: id}")
    spec = parse_spec(rows)
    assert isinstance(spec.tasks["buy"], RowTaskSpec)
    assert isinstance(spec.split, IdSplitSpec)


def test_a_spec_cannot_be_changed():
    spec = parse_spec(SHOP)
    with pytest.raises(ValueError, match="frozen"):
        spec.shop = "other"  # type: ignore[misc]


def test_times_with_an_offset_become_utc():
    spec = parse_spec(SHOP.replace("2020-01-01", "2020-01-01T01:30:00+02:00"))
    assert isinstance(spec.split, TimeSplitSpec)
    assert spec.split.valid == datetime(2019, 12, 31, 23, 30)


def test_a_table_links_to_its_entity():
    spec = parse_spec(SHOP)
    assert spec.links_to("customers") == {"lines": ("customer",)}
    assert spec.links_to("lines") == {}
    assert spec.source("customers") == spec.tables["lines"]


def test_settings_change_what_they_name_and_nothing_else():
    plain = parse_spec(SHOP)
    spec = parse_spec(SHOP, overrides=("train.epochs=3", "tasks.buy.label=EXISTS(lines, 0, 9d)"))
    assert spec.train.epochs == 3
    label = spec.tasks["buy"].label
    assert label == "EXISTS(lines, 0, 9d)"
    assert spec.train == plain.train.model_copy(update={"epochs": 3})
    assert (spec.tables, spec.split, spec.model) == (plain.tables, plain.split, plain.model)


def test_a_setting_opens_a_mapping_where_there_was_a_word():
    overrides = ("model.sharing.kind=shared_bottom", "model.sharing.width=7")
    spec = parse_spec(SHOP + "model: auto\n", overrides=overrides)
    assert spec.model.sharing == SharedBottomSpec(width=7)
    assert parse_spec(SHOP + "model: auto\n").model.sharing == MMoESpec()


@pytest.mark.parametrize(
    ("word", "settings", "whole"),
    [
        ("shared_bottom", "members: 8", SharedBottomSpec(members=8)),
        ("mmoe", "experts: 3", MMoESpec(experts=3)),
        (
            "ple",
            "layers: 3, shared_experts: 4, task_experts: 0",
            PLESpec(layers=3, shared_experts=4, task_experts=0),
        ),
        ("cross_stitch", "layers: 3", CrossStitchSpec(layers=3)),
        ("task_attention", "blocks: 1", TaskAttentionSpec(blocks=1)),
        ("stem", "shared_experts: 2, task_experts: 3", STEMSpec(shared_experts=2, task_experts=3)),
        ("latent_variable", "weight: 0.01", LatentVariableSpec(weight=0.01)),
    ],
)
def test_a_sharing_is_a_word_or_a_mapping(word, settings, whole):
    plain = parse_spec(SHOP + f"model: {{sharing: {word}}}\n")
    assert plain.model.sharing == type(whole)()
    spec = parse_spec(SHOP + f"model: {{sharing: {{kind: {word}, {settings}}}}}\n")
    assert spec.model.sharing == whole
    assert parse_spec(dump_spec(spec)) == spec


def test_the_last_of_two_settings_counts():
    assert parse_spec(SHOP, overrides=("train.epochs=3", "train.epochs=4")).train.epochs == 4


@pytest.mark.parametrize(
    ("override", "problem"),
    [
        ("train.epochs", "Cannot read the setting 'train.epochs'."),
        ("=3", "Cannot read the setting '=3'."),
        ("train.epochs=[", "Cannot read the value of the setting 'train.epochs=['."),
        ("train.epoch=3", "train: unknown key 'epoch'. Did you mean 'epochs'?"),
        ("train.epochs=many", "train.epochs: this must be a whole number"),
        ("shop.x=1", "shop: this must be one text"),
    ],
)
def test_a_wrong_setting_is_named(override: str, problem: str):
    with pytest.raises(SpecError) as error:
        parse_spec(SHOP, overrides=(override,))
    assert problem in error.value.problem


TEXTS = {
    "a: [": "This is not YAML: while parsing a flow node",
    "- a": "The spec is empty or not a mapping.\nRemedy: Start it with: shop, tables, tasks, split.",
    "": "The spec is empty or not a mapping.",
    "shop: s": "tables: this is missing. Write tables: {orders: {source: orders.csv}}.\ntasks: this is missing.\n"
    "split: this is missing. Write split: ",
    "split: {valid: 2020-02-31}": "This is not YAML: a value does not fit its kind: day is out of range for month",
}


@pytest.mark.parametrize(("text", "message"), TEXTS.items())
def test_a_text_that_is_no_spec_is_refused(text: str, message: str):
    with pytest.raises(SpecError) as error:
        parse_spec(text)
    assert message in str(error.value)

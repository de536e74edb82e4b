"""Tables without time describe the entities that they name, one row each; of the others nothing is known."""

from pathlib import Path

import numpy as np
import pytest
from one_table import AT, DAY, HEAD, at

from banian.batches import fit_features
from banian.examples import Examples, GrainExamples, find_unused_tables
from banian.examples.build import build_examples
from banian.features import features_told
from banian.schema import ColumnType
from banian.spec import ModelSpec, parse_spec
from banian.tables import read_database
from banian.trees.columns import fit_columns

NUMBER = ColumnType("whole")
TABLES = """\
tables:
  e: {source: e.csv, key: id, time: at, links: {who: w}}
  w: {from: e, key: who}
  facts: {source: facts.csv, FACTS}
"""
SOON = "  soon: PREDICT EXISTS(e, 0, 7d) FOR EACH w\n"
NEXT = "  next: PREDICT COUNT(e SAME who, 0, 7d) FOR EACH e\n"


def build(
    folder: Path, facts: str, declared: str = "links: {who: w}", tasks: str = SOON, **options: bool
) -> tuple[GrainExamples, dict[str, str]]:
    days = range(-39, 1)
    lines = [f"{n},{at(day * DAY)},c{n % 4}" for n, day in enumerate(days)]
    (folder / "e.csv").write_text("\n".join(["id,at,who", *lines]) + "\n")
    (folder / "facts.csv").write_text(facts)
    spec = parse_spec(f"{HEAD}{TABLES.replace('FACTS', declared)}tasks:\n{tasks}")
    database = read_database(spec, folder)
    built = build_examples(database, {"w": (AT,)}, **options)  # type: ignore[arg-type]
    unused = find_unused_tables(spec, database.types, [(spec, built)])
    return next(iter(built.grains.values())), unused


def told(rows: GrainExamples, entity: str = "w") -> dict[str, list[object]]:
    columns = rows.entities[entity].columns
    names = [name for name in columns.column_names if name.startswith("facts.")]
    return {name: columns[name].to_pylist() for name in names}


@pytest.mark.parametrize("declared", ["links: {who: w}", "key: who"])
def test_some_of_the_entities_are_described(tmp_path: Path, declared: str):
    rows, unused = build(tmp_path, "who,age,plan\nc0,31,gold\nc2,,free\nc9,50,gold\n", declared)
    assert rows.keys["who"].to_pylist() == ["c0", "c1", "c2", "c3"]
    assert told(rows) == {
        "facts.age": [31.0, None, None, None],
        "facts.plan": ["gold", None, "free", None],
    }
    assert rows.entities["w"].present.all()
    assert unused == {}


def test_rows_that_ask_the_network_and_trees_are_told(tmp_path: Path):
    facts = "who,age,plan\n" + "".join(f"c{n},{30 + n},{'ab'[n % 2]}\n" for n in range(3))
    rows, _ = build(tmp_path, facts, tasks=NEXT)
    ages = {"c0": 30.0, "c1": 31.0, "c2": 32.0}
    assert told(rows)["facts.age"] == [ages.get(f"c{n % 4}") for n in range(len(rows))]
    trains = np.ones(len(rows), bool)
    trees = fit_columns(rows, trains)
    assert "w.facts.age" in trees.numbers
    assert "w.facts.plan" in trees.categories
    examples = Examples({rows.grain: rows})
    state = fit_features(examples, {rows.grain: trains}, ModelSpec())
    assert "facts.age" in state.entities["w"].numbers
    assert "facts.plan" in state.entities["w"].categories


def test_a_table_with_several_rows_each_says_nothing_and_is_named(tmp_path: Path):
    several = "who,city\nc0,x\nc0,y\nc1,x\n"
    rows, unused = build(tmp_path, several)
    assert told(rows) == {}
    assert "facts" in unused
    assert "time: COLUMN" in unused["facts"]
    assert "key: who" in unused["facts"]


def test_exceptions_among_many_are_unknown(tmp_path: Path):
    many = "".join(f"x{n},z\n" for n in range(200))
    rows, _ = build(tmp_path, f"who,city\nc0,x\nc0,y\nc1,x\n{many}")
    assert told(rows) == {"facts.city": [None, "x", None, None]}
    spec = parse_spec(f"{HEAD}{TABLES.replace('FACTS', 'links: {who: w}')}tasks:\n{SOON}")
    noticed = read_database(spec, tmp_path).tables["facts"].report.noticed
    assert noticed["who has several rows, so that facts says nothing of these w"] == 1


def test_new_data_keep_the_features_that_a_model_knows(tmp_path: Path):
    rows, _ = build(tmp_path, "who,city\nc0,x\nc0,y\nc1,x\n", labelled=False)
    assert told(rows) == {"facts.city": [None, "x", None, None]}


def test_what_a_label_is_read_from_describes_nobody(tmp_path: Path):
    declared = "key: fact, links: {who: w}, derive: {old: age > 40}"
    (tmp_path / "facts.csv").write_text("fact,who,age,plan\n1,c0,31,a\n2,c1,50,b\n")
    text = TABLES.replace("FACTS", declared).replace("time: at, ", "")
    tasks = "  old: PREDICT old FOR EACH facts\n  big: PREDICT n > 1 FOR EACH e\n"
    (tmp_path / "e.csv").write_text("id,who,n\n1,c0,1\n2,c1,2\n")
    spec = parse_spec(f"shop: s\nsplit: {{by: id}}\n{text}tasks:\n{tasks}")
    built = build_examples(read_database(spec, tmp_path), {})
    assert told(built.grains["rows of e"]) == {"facts.plan": ["a", "b"]}
    assert told(built.grains["rows of facts"]) == {}, "its own row describes itself"


def test_a_feature_of_it_is_explained_and_traced():
    spec = parse_spec(f"{HEAD}{TABLES.replace('FACTS', 'key: who')}tasks:\n{SOON}")
    columns = {"e": ["id", "at", "who"], "facts": ["who", "age", "count.all"]}
    types = {table: dict.fromkeys(names, NUMBER) for table, names in columns.items()}
    told = features_told(spec, types, spec.tasks["soon"])["w"]
    for column in ("age", "count.all"):
        assert told[f"facts.{column}"].origin.path == f"tables.facts.{column}"
    assert told["facts.count.all"].meaning == "count.all in facts of the w"
    assert told["e.count.all"].meaning == "number of events of e so far"


@pytest.mark.parametrize(
    ("declared", "said"),
    [
        ("key: fact", "Write tables.facts: links: {who: w}."),
        ("", "Write tables.facts: links: {who: w}."),
        ("key: city, ignore: [who]", "Write in the table that holds it: links: {COLUMN: facts}."),
        ("ignore: [who]", "links: {COLUMN: TABLE}"),
        ("links: {who: w}", None),
    ],
)
def test_a_table_apart_is_named_with_what_to_write(declared: str, said: str | None):
    spec = parse_spec(f"{HEAD}{TABLES.replace('FACTS', declared)}tasks:\n{SOON}")
    columns = {"e": {"id", "at", "who"}, "facts": {"fact", "who", "city"}}
    columns["facts"] -= set(spec.source("facts").ignore)
    types = {table: dict.fromkeys(names, NUMBER) for table, names in columns.items()}
    unused = find_unused_tables(spec, types, [])
    assert unused.keys() == ({"facts"} if said else set())
    assert said is None or said in unused["facts"]


def test_a_table_far_from_what_is_asked_is_named_with_what_to_ask(tmp_path: Path):
    (tmp_path / "cities.csv").write_text("city,size\nx,1\ny,2\n")
    declared = "links: {city: cities}}\n  cities: {source: cities.csv, key: city"
    _, unused = build(tmp_path, "fact,city\n1,x\n2,y\n", declared)
    assert "Ask FOR EACH cities" in unused["facts"]
    assert "FOR EACH of what links to it" in unused["cities"]

"""Every feature of a rich shop has a meaning of its own."""

from pathlib import Path

from one_table import DAY, at, build, spec_of

from banian.examples import describe_feature

SPEC = "  t: {rows: e, label: {aggregate: count, of: e, within: 7d, same: [who]}}\n"


def test_every_feature_of_a_history_is_explained(tmp_path: Path):
    lines = [f"{at(-offset * DAY)},1,{offset},{offset % 2 == 0},x" for offset in (1, 5, 50)]
    rows = build(tmp_path, lines, spec_of(SPEC), header="at,who,n,gift,text")
    for entity, seen in rows.entities.items():
        meanings = {name: describe_feature(name, entity) for name in seen.columns.column_names}
        assert len(set(meanings.values())) == len(meanings)
        own = {
            name for name, meaning in meanings.items() if meaning.endswith(f"of the {entity} row")
        }
        assert own == ({"n", "gift", "text", "who"} if entity == "e" else set())


def test_names_are_read_from_their_end():
    assert (
        describe_feature("e.count.sum.7d", "e")
        == "sum of count over the events of e in the last 7 days"
    )
    assert describe_feature("e.count.all", "e") == "number of events of e so far"
    said = describe_feature("lines via products.amount.last.4", "e")
    assert said == "amount of the 4th newest event of lines via products that has one"
    assert describe_feature("price.relative.product", "e") == (
        "price of the row, divided by the mean price of its product before"
    )

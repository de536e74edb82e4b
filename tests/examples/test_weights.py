"""Weights as examples have them, and those that cannot be."""

import numpy as np
import pytest
from one_table import AT, DAY, at, build, spec_of

from banian.errors import BanianError
from banian.examples import (
    Examples,
    LabelFacts,
    assign_roles,
    count_labels,
    load_examples,
    save_examples,
)
from banian.examples.build import build_examples
from banian.spec import TimeSplitSpec, parse_spec
from banian.tables import read_database

TASKS = """
  heavy: PREDICT COUNT(e SAME who, 0, 7d) > 0 FOR EACH e WEIGHT n
  plain: PREDICT COUNT(e SAME who, 0, 7d) > 0 FOR EACH e
"""
DAYS = range(-60, 20)


def lines(weights):
    return [f"{at(day * DAY)},c{n % 7},{weights[n % len(weights)]}" for n, day in enumerate(DAYS)]


def test_weights_are_one_on_average_over_known_labels_and_only_where_asked(tmp_path):
    rows = build(tmp_path, lines([1, 3, 2]), spec_of(TASKS))
    known = rows.mask[:, 0]
    weight = rows.weight_of("heavy")
    assert weight[known].mean() == pytest.approx(1)
    raw = np.array([(1, 3, 2)[n % 3] for n in range(len(rows))])
    np.testing.assert_allclose(weight / weight[0], raw)
    assert (rows.weight_of("plain") == 1).all()
    assert rows.choose(["plain"]).weight.shape == (len(rows), 1)
    assert rows.take(np.array([2, 0])).weight_of("heavy").tolist() == weight[[2, 0]].tolist()
    save_examples(Examples({"rows of e": rows}), tmp_path)
    np.testing.assert_array_equal(load_examples(tmp_path).grains["rows of e"].weight, rows.weight)


def test_a_row_without_weight_has_no_label_and_is_counted(tmp_path):
    rows = build(tmp_path, lines([1, 0, "", 2]), spec_of(TASKS))
    nothing = np.isin(np.arange(len(rows)) % 4, (1, 2))
    assert not rows.mask[nothing, 0].any()
    assert rows.mask[nothing, 1].any()
    assert (rows.mask[~nothing, 0] == rows.mask[~nothing, 1]).all()
    split = TimeSplitSpec(valid=AT - 30 * DAY, test=AT - 15 * DAY)
    roles = assign_roles(rows, split, calibrate=True)
    label = rows.label.copy()
    label[::3] = 1 - label[::3]  # both answers are there
    from dataclasses import replace

    mixed = replace(rows, label=label)
    found = count_labels(
        Examples({"rows of e": mixed}),
        {"rows of e": roles},
        dict.fromkeys(("heavy", "plain"), LabelFacts("binary")),
        split,
    )
    assert (found["heavy"].weightless, found["plain"].weightless) == (nothing.sum(), 0)
    trains = roles.refit[:, 0]
    expected = np.average(label[trains, 0], weights=rows.weight[trains, 0])
    assert found["heavy"].mean == pytest.approx(expected)


def test_rows_to_predict_need_no_weight(tmp_path):
    rows = build(tmp_path, lines([-1]), spec_of(TASKS), labelled=False)
    assert rows.weight is None


def test_only_rows_that_are_asked_about_must_have_weights_that_can_be(tmp_path):
    spec = spec_of(TASKS.replace("FOR EACH e WEIGHT", "FOR EACH e WHERE n >= 0 WEIGHT"))
    rows = build(tmp_path, lines([1, -3, 2]), spec)
    assert (rows.weight[rows.asked[:, 0], 0] > 0).all()


@pytest.mark.parametrize(
    ("weights", "more", "column", "fault"),
    [
        (
            [1, -2, 3, -4],
            "",
            "n",
            "40 of 80 rows that are asked about have a negative weight in 'n'",
        ),
        ([0, ""], "", "n", "have no weight in 'n', or weight 0"),
        (["a", "b"], "", "n", "'n' holds text, not numbers"),
        ([1], "", "m", "'e' has no column 'm'"),
        ([1], ", known_at: {n: 2d}", "n", "'n' becomes known only after its row"),
        (
            [1],
            ", known_at: {n: 2d}, derive: {d: n + 1}",
            "d",
            "'d' becomes known only after its row",
        ),
    ],
)
def test_what_cannot_weigh_is_refused(tmp_path, weights, more, column, fault):
    spec = spec_of(TASKS.replace("WEIGHT n", f"WEIGHT {column}"), more)
    with pytest.raises(BanianError) as error:
        build(tmp_path, lines(weights), spec)
    assert error.value.problem.startswith("tasks.heavy.weight: ")
    assert fault in error.value.problem


def test_an_entity_weighs_by_its_own_table(tmp_path):
    (tmp_path / "e.csv").write_text(
        "\n".join(["at,who", *(f"{at(d * DAY)},c{d % 5}" for d in DAYS)])
    )
    (tmp_path / "w.csv").write_text("who,size\nc0,1\nc1,2\nc2,\nc3,4\nc4,8\n")
    spec = parse_spec(
        "shop: s\nsplit: {valid: 2020-02-01, test: 2020-03-01}\ntables:\n"
        "  e: {source: e.csv, time: at, links: {who: w}}\n  w: {source: w.csv, key: who}\n"
        "tasks: {t: 'PREDICT COUNT(e, 0, 7d) FOR EACH w WEIGHT size'}\n"
    )
    built = build_examples(read_database(spec, tmp_path), {"w": (AT - 9 * DAY, AT)})
    rows = built.grains["w"]
    sizes = {"c0": 1.0, "c1": 2.0, "c2": 0.0, "c3": 4.0, "c4": 8.0}
    weight = np.array([sizes[key] for key in rows.keys["who"].to_pylist()])
    np.testing.assert_allclose(rows.weight[:, 0] / rows.weight[0, 0], weight / weight[0])
    assert (rows.mask[:, 0] == (weight > 0)).all()

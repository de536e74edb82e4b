"""Numbers are read by the marks that are declared; where none are, a column that has some is named."""

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from writers import write

from banian.errors import BanianError

Read = Callable[..., Any]


def spell(cents: int, decimal: str, thousands: str) -> str:
    """Write an amount the way that its country does."""
    plain = f"{abs(cents) / 100:,.2f}".translate(str.maketrans({",": thousands, ".": decimal}))
    return ("-" if cents < 0 else "") + plain


@settings(
    max_examples=5,
    deadline=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.generate],
)
@given(
    cents=st.lists(st.integers(-(10**9), 10**9), min_size=5, max_size=20),
    marks=st.sampled_from([(",", "."), (",", " "), (".", ","), (".", "'"), (",", "")]),
    unit=st.sampled_from(["{}", "€ {}", "{} €", "EUR {}", "{}\u00a0kr", "{} %"]),
)
def test_amounts_are_read_by_their_marks(
    read: Read, cents: list[int], marks: tuple[str, str], unit: str
):
    decimal, thousands = marks
    rows = "".join(f'x;1;"{unit.format(spell(value, *marks))}"\n' for value in cents)
    said = f'decimal: "{decimal}"' + (f', thousands: "{thousands}"' if thousands else "")
    found = read("note;y;price\n" + rows, said)
    assert found.column("price") == [Decimal(value) / 100 for value in cents]
    assert found.column("note") == ["x"] * len(cents)


def test_names_texts_and_mixed_units_stay_as_they_are(read: Read):
    rows = [f"1.00{at};1,5 kg {at};{('€', '$')[at % 2]} 1,5;007,5;1,{at}" for at in range(9)]
    head = "k;text;money;padded;y\n"
    found = read(head + "\n".join(rows) + "\n", "decimal: ',', thousands: '.', key: k")
    kinds = dict.fromkeys(["text", "money", "padded"], "text") | {"y": "decimal"}
    assert {name: found.kinds()[name] for name in kinds} == kinds
    assert str(found.column("k")[1]) == "1.001"
    assert found.column("text")[1] == "1,5 kg 1"
    assert found.column("padded")[1] == "007,5"


def test_a_column_that_held_numbers_holds_them_in_new_data(read: Read):
    head, declared = "x;y\n", "decimal: ','"
    known = read(head + "1,5;1\n2,5;0\n", declared).table.types
    found = read(head + "soon;1\nlater;1\n3,5;0\n", declared, types=known)
    assert found.column("x") == [None, None, Decimal("3.5")]


ADVICE = {
    "{},5": "a decimal comma: write decimal: ','",
    "€ {},50": "a decimal comma: write decimal: ','",
    "1.{:03},50": "a decimal comma: write decimal: ',', thousands: '.'",
    "2 {:03},5 €": "a decimal comma: write decimal: ',', thousands: ' '",
    "1,{:03}.50": "commas between thousands: write thousands: ','",
    "$ {}.50": "a unit: write decimal: '.'",
}


@pytest.mark.parametrize("form", ["csv", "jsonl", "xlsx", "sqlite", "parquet"])
def test_marks_that_are_not_declared_are_noticed_by_name(read: Read, tmp_path: Path, form: str):
    prices = {
        f"p{n}": [v.format(at) for at in range(100, 140)] + [None] for n, v in enumerate(ADVICE)
    }
    columns = {**prices, "text": ["a, b 1,5"] * 41, "y": list(range(41))}
    found = read(None, name=write(tmp_path, form, columns))
    assert {found.kinds()[name] for name in prices} == {"text"}
    noticed = {k: n for k, n in found.table.report.noticed.items() if "looks like" in k}
    assert noticed == {
        f"p{n} looks like numbers with {a}": 40 for n, a in enumerate(ADVICE.values())
    }


def test_what_is_no_number_is_not_noticed(read: Read):
    others = (
        "12.03.2024",
        "10:30",
        '"a,b"',
        '"1,2,3"',
        "38-40",
        "192.168.1.10",
        "2024-01-0{}",
        "{}",
    )
    names = ",".join(f"x{at}" for at in range(len(others)))
    rows = "".join(",".join(others).format(at, at) + ",1\n" for at in range(9))
    noticed = read(f"{names},y\n{rows}").table.report.noticed
    assert not any("looks like" in fault for fault in noticed)


def refuse(read: Read, text: str, declared: str) -> BanianError:
    with pytest.raises(BanianError) as caught:
        read(text, declared)
    return caught.value


@pytest.mark.parametrize(
    ("amount", "said", "example"),
    [
        ("1{},50", "decimal: ','", "10,50"),
        ("€ 1{}.50", "a unit: write decimal: '.'", "€ 10.50"),
        ("$1,{}00.50", "thousands: ','", "$1,000.50"),
    ],
)
def test_a_text_that_is_computed_with_is_named_with_an_example_and_the_way_to_read_it(
    read: Read, amount: str, said: str, example: str
):
    rows = "".join(f'x;{at};"{amount.format(at)}"\n' for at in range(9))
    error = refuse(read, "note;y;price\n" + rows, "derive: {total: price * y}")
    assert "* needs numbers, and price is a text" in error.problem
    assert f"'price' holds texts, for example '{example}', numbers with " in error.remedy
    assert said in error.remedy
    assert "in tables." in error.remedy
    compared = refuse(read, "note;y;price\n" + rows, "where: price > 5")
    assert f"'price' holds texts, for example '{example}'" in compared.remedy
    plain = refuse(read, "note;y;price\n" + rows, "derive: {total: note * y}")
    assert plain.remedy.endswith("'note' holds texts, for example 'x'.")


def test_of_a_file_with_a_header_only_it_is_said_that_it_has_no_rows(read: Read):
    error = refuse(read, "note;y;price\n", "derive: {total: price * y}")
    assert "has columns and no rows." in error.problem

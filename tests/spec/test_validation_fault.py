"""What someone wrote instead of a mapping, a text or a number is said in plain words, with what to write."""

import pytest

from banian.errors import SpecError
from banian.spec import parse_spec

SHOP = """\
shop: s
tables:
  t: {source: t.csv, key: id, time: at, links: {who: w}}
  w: {from: t, key: who}
tasks:
  q: PREDICT COUNT(t, 0, 7d) FOR EACH w
split: {valid: 2025-01-01, test: 2025-02-01}
"""
QUESTION = "PREDICT COUNT(t, 0, 7d) FOR EACH w"
SPLIT = "split: {valid: 2025-01-01, test: 2025-02-01}\n"


@pytest.mark.parametrize(
    ("right", "wrong", "said"),
    [
        (QUESTION, "5", "tasks.q: a task is a question, and this is 5. Write one like PREDICT "),
        (QUESTION, "", "tasks.q: a task is a question, and this is empty."),
        ("shop: s", "shop: my shop!", "shop: 'my shop!' is no name: it needs letters, digits, _"),
        ("shop: s", "shop: my shop!", "Write shop: my-shop"),
        ("key: id", "key: [a, b]", "tables.t.key: this must be one text, and is [a, b]. A key is"),
        ("time: at", "time: {a: b}", "tables.t.time: this must be one text, and is a mapping."),
        (SPLIT, "", "split: this is missing. Write split: {valid: 2025-09-01, test: 2025-11-01}"),
        ("valid: 2025-01-01, ", "", "split.valid: this is missing. Write split: {valid: "),
        ("{who: w}", "who", "tables.t.links: this must be a mapping, {NAME: VALUE}, and is 'who'."),
        ("time: at", "time: at, ignore: x", "this must be a list, [A, B], and is 'x'. Write [x]."),
        (
            SPLIT,
            SPLIT + "model: {sharing: {kind: ple, width: x}}",
            "model.sharing.width: this must be",
        ),
        (SPLIT, SPLIT + "train: {epochs: many}", "train.epochs: this must be a whole number, and"),
        (SPLIT, SPLIT + "train: {epochs: -1}", "train.epochs: this must be greater than 0, not -1"),
    ],
)
def test_a_fault_is_said_in_plain_words(right: str, wrong: str, said: str):
    assert right in SHOP
    with pytest.raises(SpecError) as error:
        parse_spec(SHOP.replace(right, wrong))
    assert said in error.value.problem
    assert not any(
        word in str(error.value) for word in ("Input", "Field required", "dictionary", "pattern")
    )

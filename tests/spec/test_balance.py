import pytest

from banian.errors import SpecError
from banian.spec import CAGradSpec, EqualSpec, FixedSpec, UPGradSpec, dump_spec, parse_spec

SHOP = """
shop: tiny
tables: {visits: {source: visits.csv, time: at, key: id}}
tasks: {buys: {rows: visits, label: bought}, pays: {rows: visits, label: paid}}
split: {valid: 2020-02-01, test: 2020-03-01}
"""


def balance(text):
    return parse_spec(f"{SHOP}model: {{balance: {text}}}").model.balance


def test_without_a_word_all_tasks_count_the_same():
    assert parse_spec(SHOP).model.balance == EqualSpec()


@pytest.mark.parametrize(
    ("text", "spec"),
    [
        ("upgrad", UPGradSpec()),
        ("{kind: cagrad, radius: 0.2}", CAGradSpec(radius=0.2)),
        ("{kind: fixed, weights: {buys: 2}}", FixedSpec(weights={"buys": 2.0})),
    ],
)
def test_a_balance_is_one_word_or_a_mapping_and_survives_a_dump(text, spec):
    assert balance(text) == spec
    whole = parse_spec(f"{SHOP}model: {{balance: {text}}}")
    assert parse_spec(dump_spec(whole)) == whole


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "{kind: fixed, weights: {buyz: 2}}",
            "model.balance.weights.buyz: no task 'buyz'. Did you mean 'buys'? There are: buys, pays.",
        ),
        (
            "{kind: importance, levels: {pay: low}}",
            "model.balance.levels.pay: no task 'pay'. Did you mean 'pays'? There are: buys, pays.",
        ),
        (
            "{kind: importance, levels: {pays: urgent}}",
            "model.balance.levels.pays: this must be 'high', 'normal' or 'low', not 'urgent'",
        ),
        ("{kind: cagrad, radius: 1}", "model.balance.radius: this must be less than 1, not 1"),
        ("{kind: upgrad, c: 1}", "model.balance: unknown key 'c'. There are: kind."),
        ("fixed", "model.balance.weights: this is missing."),
    ],
)
def test_a_balance_that_cannot_be_is_refused(text, message):
    with pytest.raises(SpecError) as caught:
        balance(text)
    assert caught.value.problem == message

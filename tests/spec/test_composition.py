"""Scenes, dependence and fusion in one line each."""

import pytest

from banian.errors import SpecError
from banian.spec import (
    AITMSpec,
    ESMMSpec,
    ModelSpec,
    NoDependenceSpec,
    NoScenesSpec,
    PEPNetSpec,
    SceneTowersSpec,
    STARSpec,
    dump_spec,
    parse_spec,
)

SHOP = """
shop: small
tables: {mails: {source: mails.csv, scene: channel}}
tasks:
  visit: PREDICT mails.visit FOR EACH mails
  sale: PREDICT mails.sale FOR EACH mails GIVEN visit
split: {by: id}
"""


def model_of(line: str) -> ModelSpec:
    spec = parse_spec(SHOP + f"model: {line}\n")
    assert parse_spec(dump_spec(spec)) == spec
    return spec.model


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("{scenes: none}", NoScenesSpec()),
        ("{scenes: pepnet}", PEPNetSpec(gate_width=32)),
        ("{scenes: {kind: pepnet, gate_width: 8}}", PEPNetSpec(gate_width=8)),
        ("{scenes: star}", STARSpec(rank=None)),
        ("{scenes: {kind: star, rank: 2}}", STARSpec(rank=2)),
        ("{scenes: towers}", SceneTowersSpec(rank=None)),
        ("auto", NoScenesSpec()),
    ],
)
def test_scenes_are_one_word(line, expected):
    assert model_of(line).scenes == expected


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("{dependence: none}", NoDependenceSpec()),
        ("{dependence: esmm}", ESMMSpec()),
        ("{dependence: aitm}", AITMSpec()),
        ("auto", NoDependenceSpec()),
    ],
)
def test_dependence_is_one_word(line, expected):
    assert model_of(line).dependence == expected


def test_fusion_is_on_or_off():
    assert model_of("{fusion: true}").fusion
    assert not model_of("auto").fusion


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("{scenes: pepnt}", "model.scenes: there is no 'pepnt'. Did you mean 'pepnet'?"),
        ("{scenes: {kind: star, rank: 0}}", "model.scenes.rank: this must be greater than 0"),
        ("{scenes: {kind: towers, rnk: 1}}", "model.scenes: unknown key 'rnk'"),
        ("{dependence: esm}", "model.dependence: there is no 'esm'. Did you mean 'esmm'?"),
        ("{fusion: perhaps}", "model.fusion: this must be true or false"),
    ],
)
def test_a_fault_says_where_it_is(line, message):
    with pytest.raises(SpecError) as error:
        model_of(line)
    assert message in str(error.value)

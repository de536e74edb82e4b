import pytest
from hypothesis import given
from hypothesis import strategies as st

from banian.training.recorders.mask import mask_secrets


@given(st.text(st.characters(exclude_categories=("Z", "C"))))
def test_no_part_of_a_password_in_an_address_is_left(password):
    masked = mask_secrets(f"cannot reach postgresql://ann:{password}@host:5432/shop today")
    assert masked == "cannot reach postgresql://***@host:5432/shop today"


@pytest.mark.parametrize(
    "said",
    [
        "password=hunter22 is wrong",
        "?api_key=hunter22&page=2",
        "{'access-key': 'hunter22'}",
        "Authorization: Basic hunter22",
        'token: "hunter22"',
    ],
)
def test_values_named_like_secrets_are_blotted_out(said):
    assert "hunter22" not in mask_secrets(said)
    assert "***" in mask_secrets(said)


def test_secrets_of_the_environment_are_blotted_out_wherever_they_stand(monkeypatch):
    monkeypatch.setenv("SHOP_TRACKING_PASSWORD", "hunter22")
    assert mask_secrets("login of ann, hunter22, was refused") == "login of ann, ***, was refused"


def test_other_texts_stay_as_they_are(monkeypatch):
    monkeypatch.setenv("SHOP_KEY", "a")
    said = "cannot open sqlite:///runs/mlflow.db: no key or token was given at 12:30"
    assert mask_secrets(said) == said

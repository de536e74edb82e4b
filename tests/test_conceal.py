"""No text that is shown holds a password, a token or a key, whatever form it has."""

import json
from urllib.parse import quote

import pytest
import yaml
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from banian.conceal import conceal, holds_secret
from banian.errors import SpecError

BRIEF = settings(max_examples=150, deadline=None, derandomize=True)
letters = st.text("abcdefghXYZ0189", min_size=6, max_size=12)
odd = st.text(st.characters(exclude_categories=("Z", "C")), max_size=8)
words = st.tuples(letters, odd, letters).map("".join)
"""Passwords without spaces, with any other character inside."""
plain = letters.map("hunter".__add__)
SCHEMES = ("postgresql", "https", "s3", "mysql+pymysql", "gs", "ftp", "redis", "jdbc:oracle")
NAMES = (
    *("password", "PASSWORD", "sslpassword", "PGPASSWORD", "passwd", "pwd", "passphrase", "pass"),
    *("token", "x-amz-security-token", "X-Amz-Signature", "secret", "client_secret", "api_key"),
    *("apiKey", "access-key", "AWS_SECRET_ACCESS_KEY", "private_key", "sig", "Authorization"),
    *("fs.s3a.secret.key", "credentials", "account_key", "user.password", "cookie"),
)


def shows(text: str, secret: str) -> bool:
    concealed = conceal(text)
    assert conceal(concealed) == concealed
    error = SpecError(text, remedy=text)
    return any(secret in said for said in (concealed, str(error), repr(error), error.remedy))


@BRIEF
@given(
    password=words,
    scheme=st.sampled_from(SCHEMES),
    before=st.sampled_from(("", "cannot reach ", "'", "a: [", '{"url": "')),
    after=st.sampled_from(("/shop", ":5432/d?a=b#t", "", " refused, again", "'", "/a.csv: 3 rows")),
    spelled=st.sampled_from(
        (str, lambda url: quote(url, safe=""), lambda url: url.replace("//", "/"))
    ),
)
def test_no_part_of_a_password_in_an_address_is_left(password, scheme, before, after, spelled):
    text = before + spelled(f"{scheme}://ann:{password}@host{after}")
    for secret in (password, quote(password, safe="")):
        assert not shows(text, secret)
    assert not shows(f"{scheme}://ann:{quote(password, safe='')}@h", quote(password, safe=""))


@BRIEF
@given(token=plain, scheme=st.sampled_from(("https", "s3", "gs")))
def test_a_token_before_a_host_is_not_left(token, scheme):
    assert not shows(f"at {scheme}://{token}@host/x", token)


def test_the_user_of_a_database_is_no_secret():
    said = "postgresql://ann@db.example:5432/shop?sslmode=require&require_auth=password#orders"
    assert conceal(said) == said
    assert not holds_secret(said)


FORMS = (
    "{name}={value}",
    "{name} = {value} is wrong",
    "x?a=b&{name}={value}&page=2",
    "--set 'tables.orders.{name}={value}'",
    "options=-c%20{name}%3D{value}&x=1",
    "a%3Fb%253Dc%2526{name}%253D{value}",
    "{name}: {value}",
    "{{{name}: {value}, user: ann}}",
    "'{name}': '{value}'",
    "{name}='{value} and more'",
    '(("{name}", "x"), "{name}"="{value}")',
    "{name} => {value}",
)


@BRIEF
@given(secret=plain, name=st.sampled_from(NAMES), form=st.sampled_from(FORMS))
def test_a_value_named_like_a_secret_is_not_left(secret, name, form):
    assert not shows(form.format(name=name, value=secret), secret)


@BRIEF
@given(
    secret=words, name=st.sampled_from(NAMES), more=st.dictionaries(letters, letters, max_size=2)
)
def test_nor_in_json_yaml_and_python_with_whatever_quotes(secret, name, more):
    assume(secret not in str(more) + name)
    tree = {**more, "inner": {name: secret, **more}}
    for text in (
        json.dumps(tree),
        json.dumps(json.dumps(tree)),
        json.dumps(tree, ensure_ascii=False, separators=(",", ":")),
        repr(tree),
        yaml.safe_dump(tree, allow_unicode=True, width=1000),
        yaml.safe_dump(tree, allow_unicode=True, width=1000, default_flow_style=True),
    ):
        assert not shows(text, secret)


SAID = (
    "Authorization: Basic hunter22",
    "Authorization: Digest username='ann', response='hunter22'",
    "sent Bearer hunter22 to it",
    "--password hunter22",
    "banian fit --tracking-token hunter22 x",
    "CREATE USER ann PASSWORD 'hunter22'",
    "ALTER USER ann IDENTIFIED BY 'hunter22'",
    "password: my hunter22",
    "?pass%77ord=hunter22",
    "-----BEGIN RSA PRIVATE KEY-----\nhunter22\nx",
    "eyJhbGciOiJI.hunter22.abc",
    "AKIAHUNTER22HUNTER22",
    "ghp_hunter22hunter22hunter22",
)


@pytest.mark.parametrize("said", SAID)
def test_secrets_known_by_their_form_or_by_the_words_around_them_are_not_left(said):
    assert "hunter22" not in conceal(said).lower()
    assert "***" in conceal(said)


def test_secrets_of_the_environment_are_blotted_out_wherever_they_stand(monkeypatch):
    monkeypatch.setenv("SHOP_TRACKING_PASSWORD", "hunter22")
    assert conceal("login of ann, hunter22, was refused") == "login of ann, ***, was refused"
    monkeypatch.setenv("PGPASSWORD", "postgres")
    assert conceal("use postgresql://HOST/DB") == "use postgresql://HOST/DB"


def test_other_texts_stay_as_they_are(monkeypatch):
    monkeypatch.setenv("SHOP_KEY", "a")
    for said in (
        "cannot open sqlite:///runs/mlflow.db: no key or token was given at 12:30",
        "tables.orders.links.token: no table 'usrs'. Did you mean 'users'?",
        "tables.orders.key: 5 of 9 rows repeat the id of another row",
        "tasks.a: 'password' predicts it: AUC 0.99. Ask ann@shop.example",
        "http://localhost:5000/api and bob@shop.example",
        "environment (PGPASSWORD) or in a file (~/.pgpass, or the one that PGPASSFILE names)",
        "cannot read this question:\n  PREDICT a FOR\n               ^\nfound 'a': expected EACH",
    ):
        assert conceal(said) == said

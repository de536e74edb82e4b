"""Hashes of personal data are those of the key that a model was fitted with, or nobody is found."""

from banian.bundle import Bundle
from banian.errors import BundleError
from banian.schema.keyed_hash import KEY, fingerprint, read_key
from banian.spec import ShopSpec, SourceTableSpec

PII_KEY = "pii_key"
"""Where the card of a model says which key it was."""


def key_of_spec(spec: ShopSpec) -> str | None:
    """Give what tells the key of this process from others, where a spec declares personal data.

    Raises:
        SpecError: there is no key.

    """
    tables = (table for table in spec.tables.values() if isinstance(table, SourceTableSpec))
    return fingerprint(read_key()) if any(table.pii for table in tables) else None


def expect_same_key(bundle: Bundle) -> None:
    """Refuse another key than that with which a bundle was fitted.

    Raises:
        SpecError: there is no key.
        BundleError: it is another.

    """
    if key_of_spec(bundle.spec) != bundle.card.get(PII_KEY):
        raise BundleError(
            f"The model was fitted with another {KEY} than that of this process, so nobody would be recognised.",
            remedy=f"Set {KEY} to the secret that was set when it was fitted, or fit it again.",
        )

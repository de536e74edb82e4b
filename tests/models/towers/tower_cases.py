"""A case of every tower, and labels that it can learn."""

import pytest
import torch

from banian.kinds import TowerState
from banian.models.towers import AbstractTower, TowerLayer, build_tower

NUMBERS = [
    TowerState("amount", "mae"),
    TowerState("amount", "rmse"),
    TowerState("amount", "mae", tower="zero_inflated_log_normal"),
    TowerState("amount", "rmse", tower="zero_inflated_log_normal"),
    TowerState("regression", "rmse", tower="gaussian"),
    TowerState("count", "deviance"),
    TowerState("count", "mae"),
    TowerState("count", "deviance", tower="negative_binomial"),
    TowerState("count", "mae", tower="negative_binomial"),
    TowerState("quantile", "pinball", quantile=0.9),
]
SPECS = [
    TowerState("binary", "auc"),
    TowerState("multiclass", "log_loss", classes=("tea", "milk", "salt")),
    TowerState("ordinal", "mae", grades=(1.0, 2.0, 3.0, 5.0)),
    *NUMBERS,
    TowerState("ranking", "ndcg", classes=("tea", "milk", "salt"), top=2),
    TowerState("ranking", "ndcg", tower="sampled_softmax", classes=("tea", "milk", "salt"), top=2),
    TowerState("uplift", "qini", classes=("none", "mail", "call"), outcome="truth"),
    TowerState("uplift", "qini", classes=("none", "mail", "call")),
]
ROWS, DIM = 200, 5


def named(spec: TowerState) -> str:
    return f"{spec.learned_by}-{spec.outcome if spec.kind == 'uplift' else spec.metric}"


each_spec = pytest.mark.parametrize("spec", SPECS, ids=named)
each_number = pytest.mark.parametrize("spec", NUMBERS, ids=named)


def build(spec: TowerState) -> AbstractTower:
    torch.manual_seed(0)
    return build_tower(spec, TowerLayer(DIM, width=6, dropout=0.5)).eval()


def draw(spec: TowerState, rows: int = ROWS) -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(1)
    uniform = torch.rand(rows, generator=generator, dtype=torch.float64)
    level = torch.rand(rows, generator=generator, dtype=torch.float64) * 30
    label = {
        "binary": (uniform > 0.8).double(),
        "multiclass": (uniform.sqrt() * 4).floor(),
        "ordinal": torch.tensor([1.0, 2.0, 3.0, 5.0])[(uniform * 4).long()].double(),
        "amount": (uniform.pow(3) * 100 - 5).clamp(min=0),
        "regression": uniform.pow(2) * 30 - 5,
        "quantile": uniform.pow(3) * 100 - 5,
        "count": (uniform.pow(4) * 12).floor(),
    }
    codes = torch.randint(4, (rows, 2), generator=generator)
    if spec.kind == "ranking":
        both = uniform > 0.5
        parts = [1.0 + both, codes[:, 0], torch.where(both, (codes[:, 0] + 1) % 4, -1)]
        return torch.stack(parts, dim=1).double(), level
    if spec.kind == "uplift":
        came = uniform > 0.5 + codes[:, 1] % 3 * 0.1 if spec.outcome == "truth" else uniform * 30
        return torch.stack([came, codes[:, 1] % 3], dim=1).double(), level
    return label[spec.kind], level * (level > 10)


def some_x(rows: int = ROWS) -> tuple[torch.Tensor, torch.Tensor]:
    x = torch.randn(rows, DIM, generator=torch.Generator().manual_seed(2))
    return x, torch.zeros(rows, dtype=torch.long)

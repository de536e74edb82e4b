from dataclasses import replace

import pytest
import torch

from banian.spec import EQUAL, ModelSpec, TrainSpec, UPGradSpec
from banian.training.loop import Loop
from banian.training.precision import logits_in
from banian.training.sampler import MicroBatches


def test_bfloat16_gives_nearly_the_same_logits_in_float32(make_model, make_batch):
    batch = make_batch("orders", 40)
    model = make_model(batch)
    torch.nn.init.normal_(model.tower("returned").head.weight)
    exact, rough = (
        logits_in(precision, model, [batch])[0] for precision in ("float32", "bfloat16")
    )
    assert rough["returned"].dtype == torch.float32
    assert not torch.equal(rough["returned"], exact["returned"])
    torch.testing.assert_close(rough["returned"], exact["returned"], rtol=0.05, atol=0.05)


def test_training_in_bfloat16_goes_nearly_the_same_way_with_weights_in_float32(
    make_model, training
):
    for balance in (EQUAL, UPGradSpec()):
        ended, losses = [], []
        for precision in ("float32", "bfloat16", "bfloat16"):
            model = make_model(*training.values())
            generator = torch.Generator().manual_seed(0)
            batches = MicroBatches(training, rows=16, generator=generator)
            spec = TrainSpec(precision=precision, learning_rate=0.01)
            loop = Loop("select", model, training, spec, 16, batches, balance)
            for _ in range(6):
                loop.step()
            losses.append(loop.tell(None).train_loss)
            assert all(parameter.dtype == torch.float32 for parameter in model.parameters())
            ended.append(torch.cat([p.detach().flatten() for p in model.parameters()]))
        assert not torch.equal(ended[0], ended[1])
        assert torch.equal(ended[1], ended[2])
        for task, loss in losses[0].items():
            assert abs(losses[1][task] - loss) < 0.05


PARTS = (
    *({"sharing": kind} for kind in ("ple", "cross_stitch", "task_attention", "stem")),
    *({"sharing": {"kind": kind, "members": 2}} for kind in ("mmoe", "latent_variable")),
    *({"scenes": kind} for kind in ("pepnet", "star", "towers")),
    *({"scenes": {"kind": kind, "rank": 1}} for kind in ("star", "towers")),
    *({"dependence": kind} for kind in ("esmm", "aitm")),
    {"fusion": True},
    {"numbers": "periodic"},
    {"pairs": 4},
)


@pytest.mark.parametrize("part", PARTS, ids=str)
def test_every_part_multiplies_in_bfloat16(part, make_model, make_batch):
    batch = make_batch("orders", 20)
    batch = replace(batch, scene=torch.arange(20) % 4)
    model = make_model(spec=ModelSpec.model_validate(part), scenes=4)
    rough = logits_in("bfloat16", model, [batch])[0]["returned"]
    assert rough.dtype == torch.float32
    rough.sum().backward()
    assert rough.isfinite().all()

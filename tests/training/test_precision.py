import torch

from banian.spec import EQUAL, TrainSpec, UPGradSpec
from banian.training.loop import Loop
from banian.training.precision import logits_in
from banian.training.sampler import MicroBatches


def test_bfloat16_gives_nearly_the_same_logits_in_float32(make_model, make_batch):
    batch = make_batch("orders", 40)
    model = make_model(batch)
    torch.nn.init.normal_(model.tower("returned").head.weight)
    exact, rough = (logits_in(precision, model, batch) for precision in ("float32", "bfloat16"))
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

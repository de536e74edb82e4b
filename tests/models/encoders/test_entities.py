from dataclasses import replace

import torch

from banian.batches import Batch
from banian.models.encoders import EntitiesEncoder, join_rows
from banian.spec import ModelSpec

SPEC = ModelSpec(dropout=0)


def encode_all(encoder: EntitiesEncoder, batch: Batch) -> torch.Tensor:
    rows = join_rows([batch], encoder.names)
    return encoder(rows, encoder.embed(rows, encoder.prepare(rows)))


def test_vectors_stand_in_the_order_of_names_whatever_order_the_mapping_has(fields, make_batch):
    batch = make_batch("shop.lines", 20)

    def encode(given):
        torch.manual_seed(0)
        return encode_all(EntitiesEncoder(given, SPEC, width=4).double(), batch)

    backwards = dict(reversed(fields.items()))
    assert list(backwards) != list(fields)
    assert torch.equal(encode(fields), encode(backwards))


def test_an_entity_that_the_batch_does_not_carry_is_absent_from_every_row(fields, make_batch):
    torch.manual_seed(0)
    encoder = EntitiesEncoder(fields, SPEC, width=4).double()
    for part in encoder.encoders.values():
        torch.nn.init.normal_(part.absent)
    batch = make_batch("shop.lines", 20)
    block = batch.blocks["products"]
    nowhere = replace(block, present=torch.zeros_like(block.present))

    def carrying(blocks) -> Batch:
        return Batch(
            batch.grain, batch.tasks, blocks, batch.scene, batch.level, batch.label, batch.mask
        )

    without = {name: block for name, block in batch.blocks.items() if name != "products"}
    assert torch.equal(
        encode_all(encoder, carrying(without)),
        encode_all(encoder, carrying({**without, "products": nowhere})),
    )
    assert not torch.equal(encode_all(encoder, carrying(without)), encode_all(encoder, batch))

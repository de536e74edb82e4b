"""Batches read back from disk are the batches that were written."""

from dataclasses import replace

import torch

from banian.batches import encode_rows, fit_features, load_batches, save_batches


def test_what_is_read_back_is_what_was_written(examples, tmp_path):
    everything = {grain: rows.mask.any(axis=1) | True for grain, rows in examples.grains.items()}
    features = fit_features(examples, everything)
    batches = {grain: encode_rows(features, rows) for grain, rows in examples.grains.items()}
    first = next(iter(batches.values()))
    first = first.rows(torch.arange(len(first))).taught(first.label + 0.5)
    codes = torch.arange(2 * len(first)).reshape(-1, 2)
    more = {"codes": {"next item": codes}, "seen": {"a/b": codes.unsqueeze(1).clone()}}
    batches |= {"ranked": replace(first, grain="ranked", **more)}
    save_batches(features, batches, tmp_path)
    again_features, again = load_batches(tmp_path)
    assert again_features == features
    assert list(again) == list(batches)
    for grain, batch in batches.items():
        other = again[grain]
        assert (other.grain, other.tasks, list(other.blocks)) == (
            batch.grain,
            batch.tasks,
            list(batch.blocks),
        )
        for name in ("scene", "level", "label", "mask"):
            assert torch.equal(getattr(other, name), getattr(batch, name))
        assert (other.teacher is None) == (batch.teacher is None)
        assert batch.teacher is None or torch.equal(other.teacher, batch.teacher)
        for part in ("seen", "codes"):
            here, there = getattr(batch, part), getattr(other, part)
            assert list(here) == list(there)
            assert all(torch.equal(there[task], codes) for task, codes in here.items())
        for entity, block in batch.blocks.items():
            assert torch.equal(other.blocks[entity].present, block.present)
            for one, part in zip(block.parts, other.blocks[entity].parts, strict=True):
                assert type(one) is type(part)
                assert list(one.tensors) == list(part.tensors)
                assert all(torch.equal(t, part.tensors[name]) for name, t in one.tensors.items())

"""The same market gives the same bytes."""

import pyarrow.parquet as pq

from banian.datasets.marketplace import FILES, write_marketplace


def contents(folder):
    return {file.name: file.read_bytes() for file in folder.iterdir()}


def test_the_same_seed_gives_the_same_bytes_in_every_file(shop, tmp_path):
    write_marketplace(shop.market, tmp_path)
    assert contents(tmp_path) == contents(shop.folder)
    assert contents(tmp_path).keys() == FILES


def test_another_seed_gives_other_bytes_in_every_file_that_is_drawn(simulate):
    before, after = (contents(simulate(seed=seed, days=20).folder) for seed in (7, 8))
    same = {name for name in FILES if before[name] == after[name]}
    assert same == {"shop.yaml", "campaigns.parquet"}


def test_row_groups_are_bounded(simulate):
    folder = simulate(customers=2500, days=20).folder
    groups = pq.ParquetFile(folder / "truth.parquet").metadata
    sizes = [groups.row_group(at).num_rows for at in range(groups.num_row_groups)]
    assert len(sizes) > 1
    assert all(65_536 <= size < 80_000 for size in sizes[:-1])

"""Broken input: a kind error, exit 1, no traceback, nothing half-written."""

import errno
import gzip
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from typer.testing import CliRunner

from banian.cli.main import app
from banian.datasets import write_corner_shop

BANIAN = Path(sys.executable).with_name("banian")
FAST = ["--set", "train.epochs=1", "--set", "train.seeds=1"]


@pytest.fixture
def shop(tmp_path) -> Path:
    return write_corner_shop(tmp_path / "tables", customers=80)


def run(*arguments: object) -> tuple[int, str]:
    result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, " ".join(result.stderr.split())


def change(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def test_a_truncated_gz_is_named(shop):
    orders = shop.with_name("orders.csv")
    whole = gzip.compress(orders.read_bytes())
    shop.with_name("orders.csv.gz").write_bytes(whole[: len(whole) // 2])
    change(shop, "orders.csv", "orders.csv.gz")
    code, said = run("check", shop)
    assert code == 1
    assert "tables.orders: orders.csv.gz is broken" in said
    assert "Remedy: Copy or export the file again" in said


def test_a_missing_time_column_is_named_with_its_nearest(shop):
    change(shop.with_name("orders.csv"), "ordered_at", "order_time")
    code, said = run("check", shop)
    assert code == 1
    assert "tables.orders.time: orders.csv has no column 'ordered_at'." in said
    assert "Did you mean 'order_time'?" in said


def test_a_table_with_no_rows_is_named(shop):
    orders = shop.with_name("orders.csv")
    orders.write_text(orders.read_text().splitlines()[0] + "\n")
    code, said = run("check", shop)
    assert code == 1
    assert "Warning: tables.orders has no rows." in said


def test_a_label_with_one_class_is_named(shop):
    orders = shop.with_name("orders.csv")
    orders.write_text(orders.read_text().replace(",true", ",false"))
    code, said = run("check", shop)
    assert code == 1
    assert "tasks.returned" in said
    assert "one class only" in said


def test_dates_in_the_wrong_format_are_shown(shop):
    orders = shop.with_name("orders.csv")
    lines = orders.read_text().replace("2025-", "31/").splitlines()
    orders.write_text("\n".join(lines) + "\n")
    code, said = run("check", shop)
    assert code == 1
    assert "of 'ordered_at' are not times, for example" in said
    assert "time_format" in said


def test_a_typo_in_the_yaml_is_named_with_what_was_meant(shop):
    change(shop, "for_each: customers", "for_eech: customers")
    code, said = run("fit", shop)
    assert code == 1
    assert "tasks.repurchase: unknown key 'for_eech'. Did you mean 'for_each'?" in said


def test_a_key_with_the_name_of_a_prediction_column_is_refused_before_training(shop):
    for file in (shop, shop.with_name("orders.csv"), shop.with_name("customers.csv")):
        change(file, "customer_id", "value")
    code, said = run("check", shop)
    assert code == 1
    assert "The key column 'value' of task 'repurchase' has the name of a column" in said


def test_text_that_is_no_yaml_is_shown(shop):
    shop.write_text("shop: [")
    code, said = run("check", shop)
    assert code == 1
    assert "This is not YAML" in said


def test_a_missing_spec_is_named_with_its_nearest(shop):
    code, said = run("check", shop.with_name("shap.yaml"))
    assert code == 1
    assert "Did you mean 'shop.yaml'?" in said


def test_a_wrong_option_is_a_usage_error(shop):
    code, _ = run("fit", shop, "--nope")
    assert code == 2


def test_a_folder_without_a_bundle_is_named(shop):
    code, said = run("predict", shop.parent, "--data", shop.parent, "--output", "unused.parquet")
    assert code == 1
    assert "holds no bundle" in said


@pytest.mark.usefixtures("quick_fit")
def test_a_disk_that_fills_up_while_saving_leaves_what_was_there(shop, tmp_path, monkeypatch):
    """Nothing at first; then the run that went on when there was room again."""
    out = tmp_path / "run"

    def results() -> dict[Path, bytes]:
        places = (*out.glob("bundle/**/*"), *out.glob("*.parquet"), *out.glob(".*"))
        return {path: path.read_bytes() for path in places if path.is_file()}

    def full(*args: object, **kwargs: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    for seed, more in ((0, []), (1, ["--overwrite"])):
        before = results()
        assert bool(before) == (seed == 1)
        command = ("fit", shop, "--out", out, *FAST, "--seed", seed)
        with monkeypatch.context() as patch:
            patch.setattr("banian.bundle.save.write_sums", full)
            for how in (more, ["--resume"]):
                code, said = run(*command, *how)
                assert code == 1
                assert "No space left on device" in said
                assert results() == before
        assert run(*command, "--resume")[0] == 0
        assert results() != before


def test_a_really_full_disk_leaves_nothing_half_written(shop, tmp_path):
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=128k", "tmpfs", str(disk)]
    if shutil.which("mount") is None or subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("mounting a small file system is not allowed here")
    try:
        code, said = run("fit", shop, "--out", disk / "run", *FAST)
        assert code == 1
        assert "Cannot write" in said
        assert "No space left on device" in said
        left = [path for path in disk.rglob("*") if path.is_file()]
        assert [path.name for path in left] in ([], ["log.jsonl"])
    finally:
        subprocess.run(["umount", str(disk)], check=True)


@pytest.mark.parametrize("seconds", [1.0, 3.0])
def test_ctrl_c_ends_with_130_and_no_traceback(shop, tmp_path, seconds):
    command = [BANIAN, "fit", shop, "--out", tmp_path / "run", "--set", "train.epochs=500"]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    time.sleep(seconds)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "Traceback" not in said
    assert said.endswith("Interrupted.\n")

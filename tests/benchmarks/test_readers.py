import csv
import gzip
import json
import zipfile

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from modalities import (
    bitext,
    chinese_reviews,
    clinc150,
    fashion_products,
    home_depot_search,
    pricerunner,
)
from modalities.parts import TEST, TRAIN, VALID


def _write_csv(path, lines, **how):
    path.parent.mkdir()
    with gzip.open(path, "wt", newline="", **how) as opened:
        csv.writer(opened).writerows(lines)


def test_clinc150_is_split_as_shipped(tmp_path):
    (tmp_path / "clinc150").mkdir()
    shipped = {
        "train": [["hi there", "greet"]],
        "val": [["hello", "greet"]],
        "test": [["good day", "greet"]],
        "oos_train": [["why is it", "oos"]],
        "oos_val": [["what for", "oos"]],
        "oos_test": [["who is he", "oos"]],
    }
    packed = gzip.compress(json.dumps(shipped).encode())
    (tmp_path / "clinc150" / "data_full.json.gz").write_bytes(packed)
    (tmp_path / "clinc150" / "domains.json").write_text('{"talk": ["greet"]}')
    rows = clinc150.read(tmp_path)
    assert dict(zip(rows.text("question"), rows.part.tolist(), strict=True)) == {
        "hi there": TRAIN,
        "why is it": TRAIN,
        "hello": VALID,
        "what for": VALID,
        "good day": TEST,
        "who is he": TEST,
    }
    assert rows.text("domain") == ["talk", "oos", "talk", "oos", "talk", "oos"]
    assert rows.declare()["tables"]["rows"]["text"] == ["question"]


def test_bitext_holds_a_question_once_and_near_ones_together(tmp_path):
    header = ["instruction", "intent", "category"]
    first, second = bitext._FILES
    _write_csv(tmp_path / "bitext" / first, [header, ["Cancel order 12?", "cancel", "ORDER"]])
    again = [["Cancel order 12?", "cancel", "ORDER"], ["cancel order 345", "cancel", "ORDER"]]
    with gzip.open(tmp_path / "bitext" / second, "wt", newline="") as opened:
        csv.writer(opened).writerows([header, *again])
    rows = bitext.read(tmp_path)
    assert rows.text("instruction") == ["Cancel order 12?", "cancel order 345"]
    assert set(rows.group) == {"cancel order"}


def test_a_review_loses_its_byte_order_mark_and_one_without_text_is_left_out(tmp_path):
    lines = [["cat", "label", "review"], ["书籍", "1", "\ufeff好书"], ["书籍", "0", ""]]
    path = tmp_path / "chinese_reviews" / "online_shopping_10_cats.csv.gz"
    _write_csv(path, lines, encoding="utf-8")
    rows = chinese_reviews.read(tmp_path)
    assert rows.text("review") == ["好书"]
    assert rows.labels("liked").tolist() == [1.0]


def test_a_fashion_product_needs_a_picture_and_may_lack_a_label(tmp_path):
    folder = tmp_path / "fashion_products"
    folder.mkdir()
    names = ("articleType", "gender", "season", "usage", "productDisplayName")
    products = {name: ["a", "b", "c"] for name in names}
    products |= {
        "id": [1, 2, 3],
        "baseColour": ["Red", None, "Red"],
        "year": [2012.0, 2013.0, None],
    }
    pq.write_table(pa.table(products), folder / "styles.parquet")
    pictures = pa.table({"id": [2, 1], "image": [b"two", b"one"]})
    pq.write_table(pictures, folder / "images.parquet")
    rows = fashion_products.read(tmp_path)
    assert rows.columns["picture"].to_pylist() == [b"one", b"two"]
    assert np.isnan(rows.labels("colour")).tolist() == [False, True]
    assert rows.declare()["tables"]["rows"]["image"] == ["picture"]


def test_a_search_stays_together_and_a_title_is_latin(tmp_path):
    (tmp_path / "home_depot_search").mkdir()
    text = (
        '"id","product_uid","product_title","search_term","relevance"\n2,1,"Café table","Table",3\n'
    )
    with zipfile.ZipFile(tmp_path / "home_depot_search" / "train.csv.zip", "w") as archive:
        archive.writestr("train.csv", text.encode("latin-1"))
    rows = home_depot_search.read(tmp_path)
    assert rows.text("title") == ["Café table"]
    assert (rows.group.tolist(), rows.labels("relevance").tolist()) == (["table"], [3.0])


def test_offers_of_a_product_are_asked_for(tmp_path):
    lines = [
        [str(at), f"phone {at}", "1", str(at // 2), "Phone", "9", "Phones "] for at in range(40)
    ]
    _write_csv(tmp_path / "pricerunner" / "pricerunner_aggregate.csv.gz", lines)
    rows = pricerunner.read(tmp_path)
    others = rows.labels("same_product")
    assert np.array_equal(np.nan_to_num(others), (rows.part == TEST).astype(float))
    assert rows.classes("category") == ["Phones"]
    assert "same_product" not in rows.declare()["tasks"]

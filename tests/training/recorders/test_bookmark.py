import pytest

from banian.training.recorders.bookmark import Bookmark


@pytest.fixture
def path(tmp_path):
    return tmp_path / "run" / "sink.json"


def test_a_resumed_run_is_found_under_its_name(path):
    Bookmark(path).begin("a1b2")
    assert Bookmark(path).find("select", 4) == "a1b2"
    assert Bookmark(path).find("refit", 0) == "a1b2"


def test_a_run_that_begins_anew_has_no_name_yet(path):
    Bookmark(path).begin("a1b2")
    assert Bookmark(path).find("select", 0) is None


@pytest.mark.parametrize("content", [None, b"", b'{"run": "a1b2"', b"[]", b'{"run": "a1b2"}'])
def test_a_sink_that_was_not_asked_for_before_has_no_name(path, content):
    path.parent.mkdir()
    if content is not None:
        path.write_bytes(content)
    bookmark = Bookmark(path)
    assert bookmark.find("refit", 3) is None


def test_only_scores_beyond_the_last_one_told_are_news(path, make_scored):
    bookmark = Bookmark(path)
    bookmark.begin("a1b2")
    assert bookmark.is_news(make_scored("select", 1))
    bookmark.tell(make_scored("select", 4))
    resumed = Bookmark(path)
    resumed.find("select", 2)
    for each in (bookmark, resumed):
        assert not each.is_news(make_scored("select", 4))
        assert each.is_news(make_scored("select", 5))
        assert each.is_news(make_scored("refit", 1))


def test_the_scores_of_a_resumed_run_are_counted_on(path, make_scored):
    bookmark = Bookmark(path)
    bookmark.begin("a1b2")
    for step in (2, 4):
        bookmark.tell(make_scored("select", step))
    resumed = Bookmark(path)
    resumed.find("select", 2)
    assert bookmark.count == resumed.count == 2


def test_a_new_run_is_told_from_the_start(path, make_scored):
    bookmark = Bookmark(path)
    bookmark.begin("a1b2")
    bookmark.tell(make_scored("refit", 4))
    bookmark.begin("c3d4")
    assert bookmark.is_news(make_scored("select", 1))

"""One page, whatever the run looks like."""

import re
from html.parser import HTMLParser

import pytest
from made_runs import CLICKED, SPEND, change_card, write_run

from banian.evaluation import ColumnImportance, TaskImportance
from banian.report import BestPossible, read_run, render_page, task_results

HOSTILE = "<script>alert('&')</script>"
VOID = {"meta", "br", "img", "input", "link"}


class Page(HTMLParser):
    """Checks that what is opened is closed, and keeps what is of interest."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.text, self.open, self.tags, self.said = text, [], [], []
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.said.append(data.strip())

    def all(self, tag):
        return [attrs for name, attrs in self.tags if name == tag]


def page_of(folder, best=None) -> Page:
    run = read_run(folder)
    return Page(render_page(run, task_results(run, best or {})))


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return write_run(tmp_path_factory.mktemp("page") / "run")


@pytest.fixture(scope="module")
def page(folder):
    return page_of(folder, {"click": BestPossible(0.82, 0.8)})


def headings(page: Page) -> list[str]:
    return re.findall(r"<h2>(.*?)</h2>", page.text)


def test_the_page_tells_its_story_in_order(page):
    assert headings(page) == [
        "How good it is",
        "The tasks",
        "Task by task",
        "How it learned",
        "Whether probabilities mean what they say",
        "How good it is in each scene",
        "The data",
        "The training",
        "What to type next",
    ]
    assert "Better than the best constant beyond noise: 2 of 2" in page.text
    assert "Data until 2025-06-30 12:00." in page.text


def test_the_page_needs_no_network_and_no_script(page):
    assert not page.all("script")
    assert not page.all("link")
    assert not [a for _, a in page.tags if {"src", "href", "xlink:href", "srcset"} & a.keys()]
    assert not re.search(r"url\(|@import|@font-face", page.text)
    links = set(re.findall(r"https?://[^\"' ]+", page.text))
    assert links <= {"http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"}
    assert {
        "http-equiv": "Content-Security-Policy",
        "content": "default-src 'none'; style-src 'unsafe-inline'",
    } in page.all("meta")


def test_each_picture_is_said_in_words(page):
    pictures = [attrs for attrs in page.all("div") if attrs.get("role") == "img"]
    assert len(pictures) == len(page.all("svg")) == 5
    assert all(len(attrs["aria-label"]) > 30 for attrs in pictures)


def test_pictures_take_their_colours_from_the_page(page):
    painted = {a[name] for _, a in page.tags for name in ("fill", "stroke") if a.get(name)}
    assert painted - {"none", "transparent"} <= {
        f"var(--{name})" for name in ("ink", "muted", "rule", "paper", "first", "second")
    }
    defined = set(re.findall(r"(--\w+):", page.text))
    assert set(re.findall(r"var\((--\w+)\)", page.text)) <= defined


def test_no_two_things_have_one_id(page):
    ids = [attrs["id"] for _, attrs in page.tags if "id" in attrs]
    assert len(ids) == len(set(ids))


def test_the_same_run_gives_the_same_page(folder, page):
    assert page_of(folder, {"click": BestPossible(0.82, 0.8)}).text == page.text


def test_what_was_set_aside_and_noticed_is_said(page):
    assert "views: set aside 10: no time" in page.said
    assert "views: noticed 3: negative price" in page.said


def test_names_are_text_wherever_they_stand(tmp_path):
    folder = write_run(tmp_path / "a<b>&", {HOSTILE: CLICKED})
    card = read_run(folder).card
    table = card["tables"]["views"] | {"rejected": {HOSTILE: 1}, "noticed": {HOSTILE: 1}}
    change_card(folder, shop=HOSTILE, tables={HOSTILE: table}, versions={HOSTILE: HOSTILE})
    page = page_of(folder)
    assert not page.all("script")
    assert "<script" not in page.text.lower()
    assert page.said.count(HOSTILE) >= 6


def test_ten_tasks_with_long_names_and_a_long_log_stay_small(tmp_path):
    name = "will this customer buy this again within the next ninety days number"
    tasks = {f"{name} {at}": CLICKED if at % 2 else SPEND for at in range(10)}
    page = page_of(write_run(tmp_path / "run", tasks, epochs=400))
    assert len(page.text.encode()) < 400_000
    assert all(name in page.text for name in tasks)


def test_one_task_without_interval_labels_and_log_has_a_short_page(tmp_path):
    folder = write_run(tmp_path / "run", {"click": CLICKED}, is_labelled=False, epochs=0)
    score = read_run(folder).card["scores"]["click"] | {"interval": [None, None], "better": None}
    change_card(folder, scores={"click": score})
    page = page_of(folder)
    assert headings(page) == [
        "How good it is",
        "The tasks",
        "Task by task",
        "The data",
        "The training",
        "What to type next",
    ]
    assert "1 task in one model. Better than the best constant beyond noise: 0 of 1." in page.text
    assert "A hollow dot" in page.text
    assert "banian check" in page.text


def test_a_task_whose_score_is_undefined_is_shown_as_such(tmp_path):
    folder = write_run(tmp_path / "run", is_labelled=False, epochs=0)
    scores = read_run(folder).card["scores"]
    for score in scores.values():
        score |= {"value": None, "interval": [None, None], "constant": None, "better": None}
    change_card(folder, scores=scores)
    assert "click undefined; spend undefined" in page_of(folder).text


def test_a_shop_without_times_has_no_end(tmp_path):
    folder = write_run(tmp_path / "run", {"click": CLICKED}, is_labelled=False, epochs=0)
    tables = read_run(folder).card["tables"]
    change_card(folder, tables={"views": tables["views"] | {"first": None, "last": None}})
    assert "Data until" not in page_of(folder).text


SERVED = {
    "click": {
        "predictors": ["joint", "trees"],
        "why": "better <surely>",
        "scores": {"joint": 0.71, "trees": None, "joint + trees": 0.73},
    },
    "spend": {"predictors": ["joint"], "why": "nothing selects another", "scores": {}},
}


def test_where_there_was_a_choice_the_page_says_what_serves_and_why(tmp_path):
    run = write_run(tmp_path / "run")
    assert "What serves each task" not in headings(page_of(run))
    change_card(run, served=SERVED)
    page = page_of(run)
    assert "What serves each task" in headings(page)
    assert "joint 0.71, trees –, joint + trees 0.73" in page.text
    assert "better &lt;surely&gt;" in page.text
    assert page.said.count("joint + trees") == 2  # in the table of tasks, and in its own


IMPORTANCE = {
    "click": TaskImportance(
        metric="auc",
        value=0.7,
        constant=0.5,
        rows=250,
        permutations=3,
        columns=(
            ColumnImportance("views", "place", 0.1, (0.08, 0.13), 0.5),
            ColumnImportance("views", "<i>at</i>", 0.02, (0.01, 0.03), 0.1),
            ColumnImportance("views", "at", -0.01, (-0.02, 0.001), -0.05),
        ),
        others=4,
    ).to_dict()
}


def test_each_task_is_explained_and_its_columns_are_drawn(tmp_path):
    run = write_run(tmp_path / "run", epochs=0)
    change_card(run, importance=IMPORTANCE)
    page = page_of(run)
    assert page.said.count("Which columns matter") == 1
    assert "For each row of views: whether clicked is yes." in page.said
    assert "PREDICT views.clicked FOR EACH views" in page.said
    permuted = (
        "On 250 test rows, drawn from the 300 that judge the task since every column is tried many"
    )
    assert f"{permuted} times. 4 more columns change the predictions less." in page.said
    drawn = [
        one["aria-label"] for one in page.all("div") if "gets worse" in one.get("aria-label", "")
    ]
    assert drawn == [
        "By how much auc of click gets worse without a column: views.place 0.1, 50 % of the skill; "
        "views.<i>at</i> 0.02, 10 % of the skill; views.at nothing."
    ]
    assert "views.at: when" in page.text
    assert not page.all("i")
    assert (
        "For each of customers: the sum of price over rows of views in the next 7 days."
        in page.said
    )
    assert "7 days" in page.said
    assert "25.0 % in training; test rows are later ones, so theirs may be another" in page.said


def test_a_row_that_makes_up_most_of_a_metric_is_told(tmp_path):
    run = write_run(tmp_path)
    scores = dict(read_run(run).card["scores"])
    row = {"label": 1e12, "share": 0.99, "value": 21.5, "constant": 30.25}
    change_card(run, scores={**scores, "spend": {**scores["spend"], "dominant": row}})
    found = read_run(run)
    results = task_results(found, {})
    said = " ".join(Page(render_page(found, results)).said)
    assert "Of the mae of spend 99 % comes from one row" in said
    assert "Without it the mae is 21.5, and the constant's 30.25." in said
    assert next(r for r in results if r.task == "spend").to_dict()["dominant"]["value"] == 21.5


def test_a_verdict_whose_interval_reaches_the_constant_is_explained(tmp_path):
    run = write_run(tmp_path)
    scores = dict(read_run(run).card["scores"])

    def page(interval):
        score = {**scores["spend"], "better": True, "constant": 0.2, "interval": interval}
        change_card(run, scores={**scores, "spend": score})
        found = read_run(run)
        return " ".join(Page(render_page(found, task_results(found, {}))).said)

    explained = "spend: the interval reaches the constant, and the score is better beyond noise"
    assert explained in page([0.1, 0.3])
    assert "the interval reaches the constant" not in page([0.1, 0.15])
    assert "test rows are later ones, so theirs may be another" in page([0.1, 0.15])

"""Words and photos matter as their truth says, and are told by nothing else."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.linear_model import LogisticRegression

from banian.datasets.marketplace.content import CRAFT_AT_KEEPING, GRADE_AT_CLICK
from banian.datasets.marketplace.judgements import JUDGED, SLIPS
from banian.datasets.marketplace.lexicon import (
    COLOUR_WORDS,
    COLOURS,
    CRAFT_WORDS,
    CRAFTS,
    LANGUAGES,
    MATERIAL_WORDS,
    MATERIALS,
    NOUN_WORDS,
    STYLE_WORDS,
    STYLES,
)
from banian.datasets.marketplace.typos import mistype


def logit(probability):
    return np.log(probability / (1 - probability))


def truth_of(shop, label):
    return shop.truth[shop.truth.label == label].set_index("key")


def test_every_language_has_a_word_for_everything():
    for words, names in (
        (COLOUR_WORDS, COLOURS),
        (MATERIAL_WORDS, MATERIALS),
        (STYLE_WORDS, STYLES),
        (CRAFT_WORDS, CRAFTS),
        (NOUN_WORDS, range(32)),
    ):
        assert len(words) == len(LANGUAGES)
        for of_language in words:
            assert len(of_language) == len(names)
            said = [word for choices in of_language for word in choices]
            assert len(said) == len(set(said))


def test_without_content_nothing_is_added(simulate):
    shop = simulate(content=0.0, photos=1.0, days=20)
    assert (shop.truth.content.dropna() == 0).all()


def test_content_adds_to_the_log_odds_what_the_truth_says(simulate):
    one_day = {"customers": 3000, "days": 1}
    whole, blind = (simulate(**one_day, content=content) for content in (1.0, 0.0))
    clicks = truth_of(whole, "clicked")
    clicks["probability_blind"] = truth_of(blind, "clicked").probability
    home = whole.impressions.scene.to_numpy() == "home"
    same = whole.impressions.price.to_numpy() == blind.impressions.price.to_numpy()
    same &= whole.impressions.product_id.to_numpy() == blind.impressions.product_id.to_numpy()
    clicks = clicks[home & same]
    assert len(clicks) > 100
    added = logit(clicks.probability) - logit(clicks.probability_blind)
    assert added.to_numpy() == pytest.approx(clicks.content.to_numpy(), abs=1e-5)


def test_a_photo_lets_the_pattern_matter(simulate):
    few = {"customers": 3000, "days": 1}
    bare, shown = (truth_of(simulate(**few, photos=share), "clicked") for share in (0.0, 1.0))
    assert (bare.content != shown.content).mean() > 0.5


def test_well_made_products_are_kept_more_often(simulate):
    shop = simulate(content=1.0)
    lines = shop.lines.merge(shop.truth_products, on="product_id").set_index("line_id")
    lines["content"] = truth_of(shop, "returned").content
    means = lines.groupby("craft").content.mean()
    assert means["fine"] - means["plain"] == pytest.approx(
        CRAFT_AT_KEEPING[0] - CRAFT_AT_KEEPING[2], abs=0.5
    )


def test_well_made_products_cost_more_only_with_content(simulate):
    many = {"products": 3000, "customers": 1, "days": 1}
    ratios = {}
    for content in (0.0, 1.0):
        shop = simulate(**many, content=content)
        rows = shop.products.merge(shop.truth_products, on="product_id")
        price = np.log(rows.list_price).groupby(rows.craft).mean()
        ratios[content] = price["fine"] - price["plain"]
    assert ratios[1.0] - ratios[0.0] == pytest.approx(0.6, abs=0.01)


def test_texts_tell_colours_and_no_column_does(simulate):
    shop = simulate(products=3000, customers=1, days=1)
    rows = shop.products.merge(shop.truth_products, on="product_id", suffixes=("", "_true"))
    text = (rows.title + " " + rows.description.fillna("")).str.lower()
    said = [
        any(word.lower() in words for at in COLOUR_WORDS for word in at[COLOURS.index(colour)])
        for words, colour in zip(text, rows.colour, strict=True)
    ]
    assert 0.85 < np.mean(said) < 1
    assert 0.03 < rows.description.isna().mean() < 0.1
    shares = rows.language.value_counts(normalize=True)
    assert 0.1 < shares["de"] < 0.2
    assert 0.05 < shares["zh"] < 0.13
    for column in ("category", "brand", "tier"):
        spread = rows.groupby(column).colour.value_counts(normalize=True).unstack()
        assert spread.to_numpy().max() < 0.25


def test_titles_and_descriptions_vary(simulate):
    shop = simulate(products=3000, customers=1, days=1)
    assert shop.products.title.nunique() > 1500
    assert shop.products.description.nunique() > 2700
    assert not shop.products.title.str.contains("[{}]").any()


def test_a_model_that_reads_words_comes_closer_to_the_truth(simulate):
    """Scikit-learn as a judge: craft from n-grams of the description, far above the constant."""
    from sklearn.feature_extraction.text import TfidfVectorizer

    shop = simulate(products=3000, customers=1, days=1)
    rows = shop.products.merge(shop.truth_products, on="product_id").dropna(subset="description")
    words = TfidfVectorizer(min_df=3).fit_transform(rows.description)
    fitted = LogisticRegression(max_iter=200).fit(words[:2000], rows.craft[:2000])
    assert fitted.score(words[2000:], rows.craft[2000:]) > 0.75
    assert rows.craft.value_counts(normalize=True).max() < 0.56


@given(st.text(max_size=30), st.floats(0, 1, exclude_max=True))
def test_a_slip_changes_a_letter_or_two(text, part):
    slipped = mistype(text, part)
    assert abs(len(slipped) - len(text)) <= 1
    assert set(slipped) <= set(text)


def test_grades_follow_from_attributes(shop):
    truth = shop.truth_judgements.merge(shop.judgements, on="judgement_id", suffixes=("_true", ""))
    searches = shop.searches[["session_id", "intent", "query"]]
    rows = truth.merge(searches, on="session_id").merge(shop.products, on="product_id")
    assert len(rows) == len(truth)
    assert set(rows.grade) == {0, 1, 2, 3}
    away = (rows.grade - rows.grade_true).abs()
    assert away.max() == 1
    assert away.mean() == pytest.approx(SLIPS, abs=4 * np.sqrt(SLIPS * 0.9 / len(rows)))
    results = shop.searches.shown.sum()
    assert len(rows) / results == pytest.approx(JUDGED, abs=4 * np.sqrt(JUDGED * 0.85 / results))


def test_better_results_are_clicked_more(shop):
    truth = shop.truth_judgements.merge(shop.judgements, on="judgement_id", suffixes=("_true", ""))
    found = shop.impressions[shop.impressions.scene == "search"]
    rows = truth.merge(found, on=["session_id", "product_id"])
    assert len(rows) == len(truth)
    content = truth_of(shop, "clicked").content[rows.impression_id].to_numpy()
    means = [content[rows.grade_true == grade].mean() for grade in range(4)]
    expected = shop.market.content * (GRADE_AT_CLICK[3] - GRADE_AT_CLICK[0])
    assert means[3] - means[0] == pytest.approx(expected, abs=0.3)
    assert means == sorted(means)


def test_a_query_that_was_typed_well_names_what_its_best_result_is(simulate):
    shop = simulate(customers=1000, days=30)
    exact = shop.searches[shop.searches.intent == "exact"]
    brands = set(shop.products.brand.str.lower())
    names = [any(brand in query.lower() for brand in brands) for query in exact["query"]]
    assert np.mean(names) > 0.85
    assert set(shop.searches.intent) == {"browse", "exact", "attribute", "gift"}
    assert shop.searches["query"].str.len().min() > 0

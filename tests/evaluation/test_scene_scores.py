import numpy as np
import pyarrow as pa
import pytest

from banian.evaluation import auc, scene_scores

RANDOM = np.random.Generator(np.random.PCG64(0))
LABEL = (RANDOM.random(300) < 0.4).astype(float)
VALUE = 0.5 * LABEL + RANDOM.random(300)


def judged(scene, label=LABEL, value=VALUE):
    return pa.table({"scene": pa.array(scene, pa.string()), "label": label, "value": value})


def test_each_scene_has_the_score_of_its_rows():
    scene = ["home" if row % 3 else "cart" for row in range(300)]
    home, cart = scene_scores("auc", judged(scene))
    assert (home.scene, home.rows, cart.scene, cart.rows) == ("home", 200, "cart", 100)
    here = np.arange(300) % 3 == 0
    assert cart.value == pytest.approx(auc(LABEL[here], VALUE[here], np.ones(100)))
    assert cart.interval[0] < cart.value < cart.interval[1]


@pytest.mark.parametrize("scene", [[None] * 300, ["home"] * 300, ["home"] * 299 + [None]])
def test_one_scene_is_not_compared(scene):
    assert scene_scores("auc", judged(scene)) == ()


def test_a_scene_in_which_the_metric_is_undefined_is_left_out():
    scene = np.where(np.arange(300) % 3 == 0, "cart", "home").astype(object)
    scene[np.flatnonzero(LABEL)[:5]] = "ads"
    assert {each.scene for each in scene_scores("auc", judged(scene.tolist()))} == {"cart", "home"}


def test_only_the_largest_scenes_are_scored():
    scene = [f"scene {row % 20 if row < 200 else 3}" for row in range(300)]
    scores = scene_scores("mae", judged(scene))
    assert len(scores) == 8
    assert scores[0].scene == "scene 3"

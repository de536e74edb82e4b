from banian.evaluation import SceneScore
from banian.report import TaskResult
from banian.report.pictures import draw_scenes

RESULT = TaskResult("click", "rows of views", "average_precision", 0.7, None, 0.5, True, 9)


def test_the_words_name_every_scene():
    scores = [SceneScore("home", 0.75, (0.7, 0.8), 90), SceneScore("cart", 0.75, None, 9)]
    assert draw_scenes(RESULT, scores).alt == (
        "average precision of click, over all rows 0.7: home 0.75 (0.7 to 0.8); cart 0.75."
    )

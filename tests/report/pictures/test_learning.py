import math

from banian.report.learning_curve import Curve
from banian.report.pictures import draw_learning


def test_the_words_say_where_the_loss_went_and_where_training_stops():
    curve = Curve((1.0, 2.0, 3.0), (0.9, 0.8, 0.7), (0.95, 0.85, 0.9))
    said = draw_learning("spend", curve, 2.0).alt
    assert said == (
        "Validation loss of spend over 3 epochs, from 0.95 to 0.9, lowest 0.85; training was stopped at epoch 2."
    )


def test_a_curve_of_one_point_and_one_without_validation_can_be_drawn():
    single = draw_learning("spend", Curve((1.0,), (0.9,), (0.8,)), None)
    without = draw_learning("spend", Curve((1.0, 2.0), (0.9, 0.8), (math.nan,) * 2), None)
    assert single.svg.startswith("<svg")
    assert without.alt == "Validation loss of spend over 2 epochs."

import math

from banian.report.learning_curve import Curve, chosen_epoch, learning_curves


def score(step, loss=0.5, phase="select", **more):
    losses = {"train_loss": {"spend": loss}, "valid_loss": {"spend": loss}}
    return {"event": "score", "phase": phase, "step": step, "epoch": step / 10} | losses | more


def test_losses_follow_each_other_as_they_were_logged():
    log = [{"event": "stage"}, score(10, 0.9), score(20, 0.8), {"event": "finish"}]
    assert learning_curves(log, ["spend"]) == {"spend": Curve((1.0, 2.0), (0.9, 0.8), (0.9, 0.8))}


def test_the_refit_is_not_drawn():
    assert learning_curves([score(10, phase="refit")], ["spend"]) == {}


def test_steps_that_a_resumed_run_made_again_count_once():
    log = [score(10, 0.9), score(20, 0.8), score(30, 0.7), score(20, 0.6), score(30, 0.5)]
    assert learning_curves(log, ["spend"])["spend"].valid == (0.9, 0.6, 0.5)


def test_a_run_that_began_anew_forgets_the_one_before():
    log = [score(10, 0.9), score(20, 0.8), score(5, 0.7)]
    assert learning_curves(log, ["spend"])["spend"].valid == (0.7,)


def test_what_is_no_number_is_absent():
    log = [score(10, valid_loss={"spend": None}), score(20, valid_loss=None, train_loss={})]
    curve = learning_curves([*log, score(30, math.nan), {"event": "score"}], ["spend"])["spend"]
    assert curve.train[0] == 0.5
    assert all(map(math.isnan, curve.valid + curve.train[1:]))


def test_a_long_log_is_thinned_and_keeps_its_end():
    curve = learning_curves([score(step) for step in range(1, 5_001)], ["spend"])["spend"]
    assert 60 <= len(curve.epoch) <= 120
    assert curve.epoch[-1] == 500.0
    assert list(curve.epoch) == sorted(curve.epoch)


def test_the_chosen_epoch_is_that_of_the_chosen_step():
    log = [score(10), score(20), score(30)]
    assert chosen_epoch(log, 20) == 2.0
    assert chosen_epoch(log, 25) is None
    assert chosen_epoch([], 0) is None

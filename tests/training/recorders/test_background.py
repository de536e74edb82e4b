from threading import Event
from time import monotonic

from banian.training.recorders import Background, Shielded


def test_the_sink_hears_all_but_single_steps_in_order(make_diary, tell_run):
    diary, alone = make_diary(), make_diary()
    background = Background(diary)
    for each in (background, alone):
        each.stage("reading tables")
        tell_run(each)
        each.close(failed=False)
    assert diary.heard == [event for event in alone.heard if event != ("step",)]


def test_it_is_called_what_its_sink_is_called(make_diary):
    assert Background(make_diary()).name == "The diary"


def test_what_fails_in_the_background_is_raised_when_it_is_next_told(make_diary, tell_run):
    diary = make_diary(OSError("No space left on device"))
    told = []
    with Shielded(Background(diary), told.append) as recorder:
        tell_run(recorder)
    assert told == ["The diary is told no more, the run goes on. OSError: No space left on device"]
    assert [event[0] for event in diary.heard] == ["start", "score"]


def test_nobody_waits_for_a_sink_that_hangs(make_diary, tell_run):
    diary, answer, told = make_diary(), Event(), []
    diary.hear = lambda *_: answer.wait(60)
    begun = monotonic()
    with Shielded(Background(diary, seconds=0.1), told.append) as recorder:
        tell_run(recorder)
    assert monotonic() - begun < 5
    assert len(told) == 1
    assert "was not done 0.1 seconds after the run was" in told[0]
    answer.set()

import pytest

from banian.training.recorders import Shielded


@pytest.fixture
def told():
    return []


def test_a_shielded_sink_hears_everything(make_diary, tell_run, told):
    diary, alone = make_diary(), make_diary()
    with Shielded(diary, told.append) as recorder:
        for each in (recorder, alone):
            each.stage("reading tables")
            tell_run(each)
    assert diary.heard == [*alone.heard, ("close", False)]
    assert told == []


def test_a_sink_that_fails_is_named_once_and_left_alone(make_diary, tell_run, told):
    diary = make_diary(OSError("No space left on device"))
    with Shielded(diary, told.append) as recorder:
        tell_run(recorder)
    assert [event[0] for event in diary.heard] == ["start", "step", "score"]
    assert told == ["The diary is told no more, the run goes on. OSError: No space left on device"]


@pytest.mark.parametrize("at", ["stage", "start", "step", "score", "finish", "close"])
def test_no_event_can_fail_a_run(make_diary, tell_run, told, at):
    with Shielded(make_diary(ValueError("no"), at), told.append) as recorder:
        recorder.stage("reading tables")
        tell_run(recorder)
    assert len(told) == 1


def test_someone_who_interrupts_is_heard(make_diary, tell_run, told):
    diary = make_diary(KeyboardInterrupt())
    with pytest.raises(KeyboardInterrupt), Shielded(diary, told.append) as recorder:
        tell_run(recorder)
    assert told == []
    assert diary.heard[-1] == ("close", True)


def test_a_sink_is_closed_when_the_run_fails(make_diary, told):
    diary = make_diary()
    with pytest.raises(ZeroDivisionError), Shielded(diary, told.append):
        raise ZeroDivisionError
    assert diary.heard == [("close", True)]


def test_the_reason_is_one_short_line_without_credentials(make_diary, tell_run, told):
    error = RuntimeError(f"cannot reach https://ann:s3cret@shop.example/{'x' * 900}\nTraceback")
    with Shielded(make_diary(error), told.append) as recorder:
        tell_run(recorder)
    (said,) = told
    assert "https://***@shop.example/xxx" in said
    assert "s3cret" not in said
    assert "Traceback" not in said
    assert len(said) < 600

from banian.training.recorders import Several


def test_each_recorder_hears_everything(make_diary, tell_run):
    diaries = make_diary(), make_diary()
    both, alone = Several(diaries), make_diary()
    for recorder in (both, alone):
        recorder.stage("reading tables")
        tell_run(recorder)
    assert diaries[0].heard == diaries[1].heard == alone.heard

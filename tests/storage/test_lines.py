from banian.storage import read_lines


def test_a_torn_last_line_is_left_out(tmp_path):
    path = tmp_path / "log.jsonl"
    path.write_bytes(b'{"event": "start"}\n{"event": "score", "valid_loss": {"\xc5')
    assert read_lines(path) == [{"event": "start"}]


def test_lines_that_are_no_events_are_left_out(tmp_path):
    path = tmp_path / "log.jsonl"
    path.write_text('3\n\n[]\nnonsense\n{"event": "finish"}\n')
    assert read_lines(path) == [{"event": "finish"}]


def test_no_log_has_no_events(tmp_path):
    assert read_lines(tmp_path / "log.jsonl") == []
    assert read_lines(tmp_path) == []

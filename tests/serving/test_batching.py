"""What waits is bounded, what is late is told so, and what has been taken is answered though the service stops."""

import socket
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from time import monotonic, sleep

import pytest

ASK = {"task": "spend", "customer_id": "c00001"}


@pytest.fixture
def held(monkeypatch):
    """Holds the thread that answers, until it is let go; tells when it has come so far."""
    from banian.inference import Predictor

    come, go, answer = Event(), Event(), Predictor.answer

    def wait(self, several, *rest):
        come.set()
        go.wait(30)
        return answer(self, several, *rest)

    def hold():
        monkeypatch.setattr(Predictor, "answer", wait)
        return come, go

    yield hold
    go.set()


def depth(served) -> float:
    return served.service.measures.registry.get_sample_value("banian_queue_depth")


def until(condition) -> None:
    end = monotonic() + 20
    while not condition():
        assert monotonic() < end
        sleep(0.005)


def test_who_comes_when_too_many_wait_is_sent_away_and_who_waits_is_answered(start, held):
    served = start(queue=2)
    come, go = held()
    with ThreadPoolExecutor(3) as threads:
        first = threads.submit(served.ask, ASK)
        assert come.wait(20)
        waiting = [threads.submit(served.ask, ASK) for _ in range(2)]
        until(lambda: depth(served) == 2)
        late = served.ask(ASK)
        assert late.status_code == 429
        assert int(late.headers["retry-after"]) >= 1
        go.set()
        assert [one.result().status_code for one in (first, *waiting)] == [200, 200, 200]


def test_who_waits_too_long_is_told_so_and_not_answered_later(start, held):
    served = start(deadline=0.3)
    come, go = held()
    with ThreadPoolExecutor(2) as threads:
        first = threads.submit(served.ask, ASK)
        assert come.wait(20)
        second = served.ask(ASK)
        assert (second.status_code, first.result().status_code) == (504, 504)
        assert "no answer in time" in second.json()["problem"]
        go.set()
    until(lambda: depth(served) == 0)
    assert served.client.get("/readyz").status_code == 200
    assert served.service.measures.registry.get_sample_value(
        "banian_answers_total", {"task": "spend"}
    ) in (None, 1.0)  # of the second nothing is computed


def test_beyond_what_can_be_borne_most_of_it_is_answered_and_the_others_know_at_once(
    start, monkeypatch
):
    from banian.inference import Predictor

    each, deadline, seconds = 0.04, 1.0, 2.0
    answer, computed = Predictor.answer, []

    def take_long(self, several, *rest):
        computed.append(len(several))
        sleep(each * len(several))
        return answer(self, several[:1], *rest) * len(several)

    served = start(deadline=deadline)
    for _ in range(5):
        served.ask(ASK)
    monkeypatch.setattr(Predictor, "answer", take_long)
    begun = monotonic()

    def ask(place: int) -> tuple[int, float]:
        due = begun + place * each / 3
        sleep(max(0.0, due - monotonic()))
        sent = monotonic()
        return served.ask(ASK).status_code, monotonic() - sent

    with ThreadPoolExecutor(48) as threads:
        said = list(threads.map(ask, range(int(3 * seconds / each))))
    statuses = [status for status, _ in said]
    assert set(statuses) <= {200, 429, 504}
    assert 429 in statuses
    assert statuses.count(200) > 0.7 * sum(computed)  # or it works for those who wait no more
    assert sum(computed) > 0.2 * len(statuses)


def test_who_does_not_wait_is_not_answered(start, held):
    served = start()
    come, go = held()
    with ThreadPoolExecutor(1) as threads:
        first = threads.submit(served.ask, ASK)
        assert come.wait(20)
        url = served.client.base_url
        with socket.create_connection((url.host, url.port)) as line:
            body = b'{"asks": [{"task": "orders", "customer_id": "c00001"}]}'
            head = (
                f"POST /v1/predict HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(body)}\r\n"
            )
            line.sendall(head.encode() + b"Content-Type: application/json\r\n\r\n" + body)
            until(lambda: depth(served) == 1)
        until(lambda: any(one.get("status") == 499 for one in served.lines))
        go.set()
        assert first.result().status_code == 200
    assert served.ask(ASK).status_code == 200
    answers = served.service.measures.registry
    assert answers.get_sample_value("banian_answers_total", {"task": "orders"}) is None


def test_what_was_taken_is_answered_though_the_service_stops(start, held):
    served = start()
    come, go = held()
    with ThreadPoolExecutor(3) as threads:
        taken = [threads.submit(served.ask, ASK)]
        assert come.wait(20)
        taken.append(threads.submit(served.ask, ASK))
        until(lambda: depth(served) == 1)
        closing = threads.submit(served.service.batcher.close)
        until(lambda: served.service.batcher._is_closed)
        assert served.ask(ASK).status_code == 503
        go.set()
        closing.result()
        assert [one.result().status_code for one in taken] == [200, 200]
    assert served.client.get("/readyz").status_code == 503


def test_one_bad_request_spoils_no_other_that_is_answered_with_it(start, held):
    served = start()
    come, go = held()
    partly = {"task": "spend", "customer_id": "c00001", "nonsense": 1}
    with ThreadPoolExecutor(4) as threads:
        first = threads.submit(served.ask, ASK)
        assert come.wait(20)
        others = [threads.submit(served.ask, one) for one in (ASK, partly, {"task": "spend"})]
        until(lambda: depth(served) == 3)
        go.set()
        assert first.result().status_code == 200
        assert [one.result().status_code for one in others] == [200, 422, 422]


def test_what_nobody_foresaw_is_told_without_a_trace_and_logged_without_a_value(start, monkeypatch):
    from banian.inference import Predictor

    served = start()

    def fail(self, several, *rest):
        raise ZeroDivisionError(f"of {several[0].given.columns}")

    monkeypatch.setattr(Predictor, "answer", fail)
    got = served.ask({**ASK, "country": "Ruritania"})
    assert got.status_code == 503
    assert "failed at this request" in got.json()["problem"]
    assert "Ruritania" not in got.text + served.log.getvalue()
    (fault,) = [one for one in served.lines if one.get("fault")]
    assert fault["fault"] == "ZeroDivisionError"
    assert any("test_batching.py" in where for where in fault["where"])
    monkeypatch.undo()
    assert served.ask(ASK).status_code == 200

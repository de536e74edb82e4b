"""A client asks again where that helps, and sends rows so that none is taken twice."""

from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

import banian
from banian.errors import ServiceError


@pytest.fixture
def scripted():
    """A service that says what the test has written down, response by response."""
    script: list[int] = []
    heard: list[tuple] = []

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self):
            self.rfile.read(int(self.headers["content-length"]))
            heard.append((self.path, self.headers["Idempotency-Key"]))
            status = script.pop(0)
            if status == 0:  # the connection is lost
                self.close_connection = True
                return
            body = b'{"model": "m", "answers": [], "added": 1}'
            if status != 200:
                body = b'{"problem": "No.", "remedy": "Wait.", "request_id": "r1"}'
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Retry-After", "0")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever)
    thread.start()
    with banian.Client(f"http://127.0.0.1:{server.server_port}", retries=2) as client:
        yield client, script, heard
    server.shutdown()
    thread.join()
    server.server_close()


def test_asks_are_sent_again_when_the_service_is_busy_or_the_line_is_lost(scripted):
    client, script, heard = scripted
    script[:] = [429, 503, 200]
    assert client.predict([]) == []
    script[:] = [0, 200]
    assert client.predict([]) == []
    assert len(heard) == 5
    script[:] = [503, 503, 503]
    with pytest.raises(ServiceError, match=r"No\. \(503, r1\)"):
        client.predict([])


@pytest.mark.parametrize("status", [400, 401, 422, 504])
def test_what_is_refused_for_good_is_not_sent_again(scripted, status):
    client, script, heard = scripted
    script[:] = [status]
    with pytest.raises(ServiceError, match="Wait"):
        client.predict([])
    assert len(heard) == 1


def test_events_are_sent_again_under_one_key(scripted):
    client, script, heard = scripted
    script[:] = [429, 503, 200]
    assert client.append({"orders": []})["added"] == 1
    script[:] = [0, 200]
    assert client.append({"orders": []})["added"] == 1
    keys = [key for _, key in heard]
    assert len(set(keys[:3])) == len(set(keys[3:])) == 1
    assert len(set(keys)) == 2
    script[:] = [422]
    with pytest.raises(ServiceError):
        client.append({"orders": []})


def test_what_is_no_address_and_no_json_is_refused_at_once():
    with pytest.raises(ServiceError, match="is no address"):
        banian.Client("shop.example:8080")
    with pytest.raises(ServiceError, match="cannot be written as JSON"):
        banian.Client().predict({"task": "spend", "price": float("nan")})

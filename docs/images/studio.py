"""Makes studio.png, a picture of the studio, from a run with its store: `python docs/images/studio.py runs/demo`."""

import io
import shutil
import socket
import sys
from pathlib import Path
from threading import Thread
from time import sleep

import uvicorn
from playwright.sync_api import sync_playwright

from banian.serving.app import build_app
from banian.serving.service import Service
from banian.serving.service_log import ServiceLog
from banian.serving.settings import ServiceSettings
from banian.studio import build_pages

PICTURE = Path(__file__).with_suffix(".png")
SIZE = {"width": 1120, "height": 1572}


def main(run: Path) -> None:
    """Serve the run for a moment, try its first customer, and take the picture."""
    settings = ServiceSettings(run=run, deadline=60.0)
    app = build_app(Service(settings, None, ServiceLog(io.StringIO())), build_pages)
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, access_log=False))
    with socket.create_server(("127.0.0.1", 0)) as heard:
        thread = Thread(target=server.run, kwargs={"sockets": [heard]})
        thread.start()
        while not server.started:
            sleep(0.01)
        try:
            draw(f"http://127.0.0.1:{heard.getsockname()[1]}/try")
        finally:
            server.should_exit = True
            thread.join()


def draw(address: str) -> None:
    """Take the picture of a page on which something is tried."""
    with sync_playwright() as playwright:
        path = shutil.which("chromium")
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        page = browser.new_page(viewport=SIZE, color_scheme="light")
        page.goto(address)
        page.wait_for_selector("#fields input")
        page.click("#go")
        page.wait_for_selector("#ask[aria-busy=false]")
        page.wait_for_selector("#items .item")
        page.evaluate("scrollTo(0, 0)")
        page.screenshot(path=PICTURE)
        browser.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]))

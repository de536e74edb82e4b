"""The pages in a real browser: wide and narrow, light and dark, by keyboard, with keys, with nothing from elsewhere."""

from contextlib import contextmanager

import pytest

PAGES = {"/": "What is asked", "/try": "Try it", "/live": "Live", "/model": "The model"}
SIZES = {"desktop": (1200, 850, "light"), "phone": (390, 800, "dark")}
CONTRAST = """() => {
  const rgb = (text) => {
    const c = document.createElement('canvas').getContext('2d', {willReadFrequently: true});
    c.fillStyle = text; c.fillRect(0, 0, 1, 1); return [...c.getImageData(0, 0, 1, 1).data].slice(0, 4); };
  const light = ([r, g, b]) => {
    const f = [r, g, b].map((v) => v / 255).map((v) => v <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4);
    return .2126 * f[0] + .7152 * f[1] + .0722 * f[2]; };
  const under = (e) => {
    for (; e; e = e.parentElement) {
      const c = rgb(getComputedStyle(e).backgroundColor);
      if (c[3] === 255) return c;
    }
    return rgb(getComputedStyle(document.documentElement).getPropertyValue('--paper')); };
  const bad = [];
  for (const e of document.querySelectorAll('body *')) {
    const own = [...e.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim());
    if (!own || !e.checkVisibility() || e.closest('svg') || e.closest('.skip')) continue;
    const [one, two] = [light(rgb(getComputedStyle(e).color)), light(under(e))].sort((a, b) => b - a);
    const ratio = (one + .05) / (two + .05);
    if (ratio < 4.5) bad.push(`${e.tagName} ${e.textContent.slice(0, 30)} ${ratio.toFixed(2)}`);
  }
  return bad;
}"""


@contextmanager
def visiting(chromium, served, size="desktop"):
    """Open a tab; nothing may be loaded from elsewhere, and nothing may complain."""
    wide, high, scheme = SIZES[size]
    page = chromium.new_page(viewport={"width": wide, "height": high}, color_scheme=scheme)
    base = str(served.client.base_url).rstrip("/")
    said: list[str] = []
    page.on("console", lambda one: said.append(f"{one.type}: {one.text}"))
    page.on("pageerror", lambda error: said.append(f"fault: {error}"))
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto_path = lambda path: page.goto(base + path)  # type: ignore[attr-defined]
    page.set_default_timeout(20_000)
    try:
        yield page
        strange = [url for url in asked if not url.startswith((base + "/", "data:"))]
        assert not strange
        assert not [line for line in said if "401" not in line]
    finally:
        page.close()


def predict(page) -> None:
    page.click("#go")
    page.wait_for_selector("#ask[aria-busy=false]")
    page.wait_for_selector("#answers .card")


@pytest.mark.parametrize("size", SIZES)
def test_every_page_shows_what_it_is_for(chromium, studio, size):
    with visiting(chromium, studio, size) as page:
        for path, heading in PAGES.items():
            page.goto_path(path)
            page.get_by_role("heading", name=heading, exact=True).wait_for()
            page.wait_for_selector("#part[aria-busy=true]", state="detached")
            if path == "/live":
                page.wait_for_selector(".drift")
            if path == "/try":
                page.wait_for_selector("#fields input")
                predict(page)
            current = page.locator("nav a[aria-current]")
            assert current.get_attribute("href") == path
            assert page.evaluate("document.documentElement.scrollWidth") <= SIZES[size][0]
            assert page.evaluate(CONTRAST) == []
        assert page.locator("#shop").inner_text() == "items"


def test_each_task_is_told_in_words(chromium, studio):
    with visiting(chromium, studio) as page:
        page.goto_path("/")
        page.wait_for_selector("article")
        assert page.locator("article h3").count() == 5
        text = page.locator("#task-demand").inner_text()
        assert "the number of rows of sales in the next 28 days" in text
        assert "usually" in text
        assert page.locator("figure svg").count() >= 1


def test_a_customer_is_tried_by_keyboard_alone(chromium, studio):
    with visiting(chromium, studio) as page:
        page.goto_path("/try")
        page.wait_for_selector("#fields input")

        def tab_to(wanted: str) -> None:
            for _ in range(25):
                page.keyboard.press("Tab")
                if page.evaluate("(wanted) => document.activeElement.matches(wanted)", wanted):
                    return
            raise AssertionError(f"{wanted} is not reached")

        tab_to(".skip")
        tab_to("input[name=kind]")
        page.keyboard.press("ArrowRight")
        page.wait_for_selector("#field-product_id")
        page.keyboard.press("ArrowLeft")
        page.wait_for_selector("#field-customer_id")
        tab_to("#field-customer_id")
        page.keyboard.press("Control+A")
        page.keyboard.type("c5")
        page.keyboard.press("Enter")
        page.wait_for_selector("#ask[aria-busy=false]")
        assert page.evaluate("document.activeElement.id") == "answers"
        assert page.locator("#items .item").count() == 6
        assert page.locator("#events table").count() == 2
        assert page.locator("#sweeps svg").count() == 0  # a list has no number that could change


def test_a_row_is_tried_with_its_intervals_and_what_would_change(chromium, studio):
    with visiting(chromium, studio, "phone") as page:
        page.goto_path("/try")
        page.wait_for_selector("#kinds label")
        page.get_by_text("A row of views", exact=True).click()
        page.wait_for_selector("#field-price")
        page.fill("#field-price", "31.5")
        predict(page)
        assert page.locator("#cards .card").count() == 3
        assert (
            page.locator("#cards .range").count() >= 1
        )  # where there was enough to calibrate with
        assert page.locator("#sweeps h3").all_inner_texts() == [
            "By price",
            "By place",
            "By hour of the day (UTC)",
        ]
        assert page.locator("#sweeps svg").count() == 9
        asked = studio.ask({"grain": "rows of views", **read_form(page)}).json()["answers"]
        shown = page.locator("#cards .big").all_inner_texts()
        assert [f"{100 * one['value']:.0f} %" for one in asked] == shown


def read_form(page) -> dict:
    found = {
        one.get_attribute("name"): one.input_value() for one in page.locator("#fields input").all()
    }
    return {**found, "price": float(found["price"])}


def test_a_stranger_is_answered_and_said_to_be_one(chromium, studio):
    with visiting(chromium, studio) as page:
        page.goto_path("/try")
        page.wait_for_selector("#fields input")
        page.fill("#fields input", "somebody new")
        predict(page)
        assert "Nothing is known of this one of customers" in page.locator("#cards").inner_text()
        assert "Nobody has seen this one" in page.locator("#seen").inner_text()


def test_a_key_is_asked_for_kept_in_the_tab_and_forgotten_where_it_is_wrong(chromium, locked):
    served, key = locked
    with visiting(chromium, served) as page:
        page.goto_path("/")
        page.wait_for_selector("#key:not([hidden])")
        assert not page.locator("#main").is_visible()
        page.keyboard.type("banian_wrong")
        page.keyboard.press("Enter")
        page.wait_for_selector("text=That key does not open it")
        page.fill("#secret", key)
        page.keyboard.press("Enter")
        page.wait_for_selector("article")
        assert page.locator("article h3").count() == 3
        assert page.evaluate("localStorage.length + document.cookie.length") == 0


def test_what_a_key_may_not_see_is_said_kindly(chromium, locked):
    served, key = locked
    page = chromium.new_page()
    base = str(served.client.base_url).rstrip("/")
    page.goto(f"{base}/try")
    page.wait_for_selector("#key:not([hidden])")
    page.evaluate("(key) => sessionStorage.setItem('banian-key', key)", key)
    page.goto(f"{base}/live")
    page.wait_for_selector("#trouble:not([hidden])")
    assert page.locator("#trouble").inner_text().startswith("This key is not for that.")
    page.close()

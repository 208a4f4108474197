"""What a visit to the page costs: requests, bytes, first paint, when it can be used, how much it jumps.

`python -m benchmarks.page` serves an index of the corpus in a process of its own, visits it and asks in Chromium,
on a desktop and on a slow phone, for the first time and again, and prints the medians as one JSON object. `--url`
takes a page that is already served over the corpus.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections import defaultdict
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, BrowserContext, Page

ROOT = Path(__file__).parents[1]
NEWSQA = str(Path(sys.executable).with_name("newsqa"))
CHROMIUM = "/usr/bin/chromium"
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
QUESTION = "Why did Kim meet Putin?"
PATIENCE_MS = 120_000
SETTLING_MS = 3_000
"""After an answer, within which what follows it (questions to ask next) comes."""
PORT = 7898
NOTES = """() => {
    window.noted = { shift: 0, ready: 0, answered: 0 };
    new PerformanceObserver((list) => list.getEntries().forEach((entry) => {
        if (!entry.hadRecentInput) window.noted.shift += entry.value;
    })).observe({ type: 'layout-shift', buffered: true });
    const look = () => {
        const noted = window.noted;
        const box = document.querySelector('#nq-question textarea');
        const there = box && !box.disabled && document.querySelector('.nq-headlines');
        if (!noted.ready && there) noted.ready = performance.now();
        if (!noted.answered && document.querySelector('#nq-current .nq-turn:not(.nq-working)'))
            noted.answered = performance.now();
    };
    new MutationObserver(look).observe(document, { childList: true, subtree: true });
}"""
"""Runs before anything of the page does."""


@dataclass(frozen=True, slots=True)
class Device:
    """A window, and how slow its processor and its line are; 0 is as fast as this machine."""

    width: int
    height: int
    slower: int = 1
    down_kbit: int = 0
    up_kbit: int = 0
    latency_ms: int = 0


DEVICES = {"desktop": Device(1280, 800), "slow phone": Device(390, 844, 4, 1_600, 750, 150)}
"""The phone is the one that Lighthouse thinks of: a processor four times slower, slow 4G."""


@dataclass(frozen=True, slots=True)
class Visit:
    """One load of the page and one answer; times in milliseconds, `shift` as browsers add it up."""

    requests: int
    kilobytes: float
    first_paint_ms: float
    interactive_ms: float
    answer_ms: float
    shift: float


def visit(context: BrowserContext, url: str, device: Device) -> Visit:
    """Load the page, ask a question, and say what it took."""
    page = context.new_page()
    page.set_default_timeout(PATIENCE_MS)
    page.add_init_script(f"({NOTES})()")
    session = context.new_cdp_session(page)
    session.send("Network.enable")
    session.send("Emulation.setCPUThrottlingRate", {"rate": device.slower})
    line = (device.latency_ms, device.down_kbit * 125 or -1, device.up_kbit * 125 or -1)
    conditions = dict(zip(("latency", "downloadThroughput", "uploadThroughput"), line, strict=True))
    session.send("Network.emulateNetworkConditions", {"offline": False, **conditions})
    sent: set[str] = set()
    taken: list[float] = []
    session.on("Network.responseReceived", lambda event: _count(event, sent))
    session.on("Network.loadingFinished", lambda event: taken.append(event["encodedDataLength"]))
    page.goto(url)
    page.wait_for_function("window.noted.ready")
    page.locator(".nq-example").first.wait_for()
    requests, kilobytes = len(sent), sum(taken) / 1000
    asked = _ask(page)
    found = page.evaluate("window.noted")
    paint = page.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime")
    page.close()
    return Visit(requests, kilobytes, paint, found["ready"], found["answered"] - asked, found["shift"])


def _count(event: dict[str, Any], sent: set[str]) -> None:
    """A request counts if something was asked of the server for it."""
    response = event["response"]
    if not response.get("fromDiskCache") and not response.get("fromPrefetchCache"):
        sent.add(event["requestId"])


def _ask(page: Page) -> float:
    """Ask the question and wait for its answer; returns when it was sent, on the page's clock."""
    page.locator("#nq-question textarea").fill(QUESTION)
    asked: float = page.evaluate("performance.now()")
    page.keyboard.press("Enter")
    page.wait_for_function("window.noted.answered")
    page.wait_for_timeout(SETTLING_MS)
    return asked


def measure(browser: Browser, url: str, device: Device, rounds: int) -> dict[str, dict[str, float]]:
    """The medians of first visits, each with an empty cache, and of second ones."""
    found: dict[str, list[Visit]] = defaultdict(list)
    for _ in range(rounds):
        context = browser.new_context(viewport={"width": device.width, "height": device.height})
        for which in ("first visit", "second visit"):
            found[which].append(visit(context, url, device))
        context.close()
    return {which: _medians(visits) for which, visits in found.items()}


def _medians(visits: list[Visit]) -> dict[str, float]:
    rows = [asdict(one) for one in visits]
    medians = {name: statistics.median(row[name] for row in rows) for name in rows[0]}
    return {name: round(value, 3) if name == "shift" else round(value) for name, value in medians.items()}


@contextmanager
def served() -> Iterator[str]:
    """The address of a page over the corpus, in a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "NEWSQA_HOME": f"{folder}/index", "NEWSQA_LOG": "off"}
        subprocess.run([NEWSQA, "ingest", str(ROOT / "corpus")], env=environment, check=True, capture_output=True)
        command = [NEWSQA, "serve", "--port", str(PORT)]
        with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as server:
            try:
                assert server.stdout is not None
                server.stdout.readline()  # it says where it is once it answers
                yield f"http://127.0.0.1:{PORT}/"
            finally:
                server.terminate()


def main() -> None:
    """Serve if need be, visit, and print the figures."""
    from playwright.sync_api import sync_playwright

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--url", help="a page that is served already")
    parser.add_argument("--rounds", type=int, default=5, help="visits of each kind, of which the median counts")
    options = parser.parse_args()

    def run(url: str) -> dict[str, Any]:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
            found = {name: measure(browser, url, device, options.rounds) for name, device in DEVICES.items()}
            browser.close()
            return found

    if options.url:
        print(json.dumps(run(options.url)))
        return
    with served() as url:
        print(json.dumps(run(url)))


if __name__ == "__main__":
    main()

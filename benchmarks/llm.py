"""How fast a model's words arrive and are checked, and how often "unsupported" is right.

`python -m benchmarks.llm`, from the repository's folder. The model is the scripted server of the tests, so that
only newsqa's own share is measured. With `--page`, the arrival in a real page in Chromium is measured, too.
"""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from tests.llm_server import ModelServer, model_server, reply
from tests.newsroom import BRIDGE_QUESTION, write_articles
from tests.test_verification import claims

from newsqa import NewsQA, Settings
from newsqa.llm.checking import check
from newsqa.types import Draft

ROUNDS = 20
ANSWER = (
    "The bridge was closed in April 2018 because engineers had found deep cracks in two of its pillars [1]. "
    "It reopened on Saturday after eleven months of repairs [1]. The repairs cost 14 million euros, and the "
    "region paid half of them [1]. Mayor Ines Calder cut the ribbon in front of some two thousand people [1]."
)
WATCH = """() => {
    window.arrived = 0;
    new MutationObserver(() => {
        const draft = document.querySelector('#nq-current .nq-draft .nq-prose');
        if (!window.arrived && draft) window.arrived = Date.now();
    }).observe(document.body, { childList: true, subtree: true });
}"""


def said(name: str, times: list[float]) -> None:
    """One line: median and 95th percentile in milliseconds."""
    ordered = sorted(times)
    late = ordered[int(0.95 * (len(ordered) - 1))]
    print(f"{name}: median {1000 * statistics.median(times):.1f} ms, p95 {1000 * late:.1f} ms, n {len(times)}")


def stream(qa: NewsQA, server: ModelServer) -> None:
    """From the first word leaving the server to the first draft, and the checking of the finished answer."""
    arrivals = []
    for _ in range(ROUNDS + 1):
        server.script(reply(ANSWER, delay=0.005))
        arrived = 0.0
        for item in qa.stream(BRIDGE_QUESTION):
            if isinstance(item, Draft) and not arrived:
                arrived = time.time()
        arrivals.append(arrived - server.log()[0]["first_sent"])
    said("first word, server to stream", arrivals[1:])
    passages = [hit.passage for hit in qa.search(BRIDGE_QUESTION, k=8)]
    number = next(n for n, one in enumerate(passages, 1) if "pillars" in one.text)
    text = ANSWER.replace("[1]", f"[{number}]")
    times = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        check(text, passages, lambda _, __: 1.0)
        times.append(time.perf_counter() - began)
    said("checking a finished answer of four sentences", times)


def page(home: Path, server: ModelServer) -> None:
    """From the first word leaving the server to its appearing in the page."""
    from tests.browsing import answered, running_chromium
    from tests.served import serving

    model = {"llm": "openai:scripted", "llm_base_url": server.url}
    arrivals = []
    with serving(home, **model) as served, running_chromium() as browser:
        for _ in range(ROUNDS // 2 + 1):
            server.script(reply(ANSWER, delay=0.02))
            tab = browser.new_page()
            tab.goto(served.url)
            tab.wait_for_selector(".nq-example")
            tab.evaluate(WATCH)
            tab.get_by_label("Your question").fill(BRIDGE_QUESTION)
            tab.keyboard.press("Enter")
            answered(tab, BRIDGE_QUESTION)
            arrivals.append(tab.evaluate("window.arrived") / 1000 - server.log()[0]["first_sent"])
            tab.close()
    said("first word, server to page", arrivals[1:])


def verdicts() -> None:
    """Precision and recall of "unsupported" on the labelled claims that nothing was tuned on."""
    rows = [(row["verdict"], row["label"], found.verdict) for row, found in claims("test")]
    told = Counter((truth == "unsupported", verdict == "unsupported") for truth, _, verdict in rows)
    hits = told[True, True]
    print(f"claims {len(rows)}: precision {hits / (hits + told[False, True]):.3f}, "
          f"recall {hits / (hits + told[True, False]):.3f}")  # fmt: skip
    for label in dict.fromkeys(label for _, label, _ in rows):
        mine = [
            (truth == "unsupported") == (verdict == "unsupported")
            for truth, name, verdict in rows
            if name == label
        ]
        print(f"  {label}: {sum(mine)} of {len(mine)} right, {sum(mine) / len(mine):.2f}")


if __name__ == "__main__":
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"
    verdicts()
    with tempfile.TemporaryDirectory() as folder, model_server() as server:
        home = Path(folder) / "index"
        settings = Settings(home=home, llm="openai:scripted", llm_base_url=server.url)
        with NewsQA.open(settings=settings) as qa:
            qa.ingest([write_articles(Path(folder) / "newsroom")])
            stream(qa, server)
        if "--page" in sys.argv:
            page(home, server)

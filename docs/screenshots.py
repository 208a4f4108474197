"""Take docs/screenshot.png and docs/screenshot-phone.png of a running page: `python docs/screenshots.py URL`.

Serve it over the corpus alone (`make run`); needs Chromium and the `dev` extra.
"""

from __future__ import annotations

import sys
from pathlib import Path

from PIL import Image
from playwright.sync_api import sync_playwright

SIZES = {"screenshot": (1280, 900), "screenshot-phone": (390, 844)}
COLOURS = 96


def main(url: str) -> None:
    """Ask a question at each size, and save what is seen with few colours."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=["--no-sandbox", "--disable-gpu"]
        )
        for name, (width, height) in SIZES.items():
            page = browser.new_page(viewport={"width": width, "height": height}, device_scale_factor=2)
            page.goto(url)
            page.get_by_label("Your question").fill("why did Kim meet Putin?")
            page.keyboard.press("Enter")
            page.wait_for_selector("#nq-current .nq-next")
            page.wait_for_timeout(600)
            path = Path(__file__).with_name(f"{name}.png")
            page.screenshot(path=path)
            few = Image.open(path).convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)
            few.save(path, optimize=True)
        browser.close()


if __name__ == "__main__":
    main(sys.argv[1])

"""How fast each format is read, and what a large web archive takes; beside another checkout, if one is given.

    python -m benchmarks.formats [--other CHECKOUT] [--python PYTHON] [--megabytes 200]

The files are made of the articles in `corpus/`: documents by LibreOffice (left out where there is no soffice),
the rest here. Each format is read by a process of its own, the checkouts in turns; seconds are the processor's.
"""

from __future__ import annotations

import argparse
import csv
import html
import io
import json
import mailbox
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from email.message import EmailMessage
from pathlib import Path

from tests.formats import archive, msg

from newsqa.sources.formats import read_articles
from newsqa.types import Article

ROOT = Path(__file__).parents[1]
ROUNDS = 3
DOCUMENTS = ("docx", "odt", "rtf", "epub", "pdf")
LONGEST_LETTER = 1_900
"""Characters of an article in a letter of Outlook's, as long as `tests.formats` makes them."""
_PAGE_BYTES = 60_000
"""A page of the web archive, filled up with a script as pages are."""
_READ = """
import json, resource, sys, time
from pathlib import Path
try:
    from newsqa.sources.formats import read_articles
except ImportError:
    from newsqa.articles import read_articles
rounds, *paths = sys.argv[1:]
seconds = []
for _ in range(int(rounds)):
    started, read = time.process_time(), 0
    for item in read_articles(map(Path, paths), max_bytes=50_000_000):
        read += hasattr(item, "text")
    seconds.append(time.process_time() - started)
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(json.dumps({"articles": read, "seconds": min(seconds), "megabytes": peak}))
"""


def page(article: Article) -> str:
    """An article as a page with what stands around articles."""
    links = "".join(f'<li><a href="/{one}">Section {one}</a></li>' for one in range(12))
    body = "".join(f"<p>{html.escape(text)}</p>" for text in article.text.split("\n\n"))
    day = article.published.isoformat() if article.published else ""
    return (
        f'<html lang="en"><head><meta charset="utf-8"><title>{html.escape(article.title)}</title>'
        f'<meta property="article:published_time" content="{day}"></head><body><nav><ul>{links}</ul></nav>'
        f"<main><article><h1>{html.escape(article.title)}</h1>{body}</article></main>"
        f"<footer><ul>{links}</ul><p>All rights reserved</p></footer></body></html>"
    )


def letter(article: Article) -> EmailMessage:
    """An article as a letter."""
    mail = EmailMessage()
    mail["Subject"], mail["From"] = article.title, "desk@courier.example"
    mail["Date"] = "Tue, 24 Sep 2024 03:41:27 +0000"
    mail.set_content(article.text)
    return mail


def record(article: Article, number: int) -> dict[str, str]:
    """An article as a news service gives it."""
    day = article.published.isoformat() if article.published else ""
    address = f"https://courier.example/{number}"
    return {"title": article.title, "text": article.text, "date": day, "url": address}


def make_files(articles: Sequence[Article], folder: Path) -> dict[str, list[Path]]:
    """The files of each format."""
    made: dict[str, list[Path]] = {}

    def write(name: str, data: str | bytes) -> None:
        path = folder / name
        path.write_bytes(data.encode() if isinstance(data, str) else data)
        made.setdefault(path.suffix[1:], []).append(path)

    for number, article in enumerate(articles):
        write(f"{number}.md", f"# {article.title}\n\n{article.text}\n")
        write(f"{number}.txt", f"{article.title}\n\n{article.text}\n")
        write(f"{number}.html", page(article))
        write(f"{number}.eml", letter(article).as_bytes())
        write(f"{number}.msg", msg(article.title, article.text[:LONGEST_LETTER]))
    records = [record(*both) for both in zip(articles, range(len(articles)), strict=True)]
    table = io.StringIO()
    writer = csv.DictWriter(table, records[0])
    writer.writeheader()
    writer.writerows(records)
    write("all.csv", table.getvalue())
    write("all.json", json.dumps(records))
    write("all.jsonl", "\n".join(map(json.dumps, records)))
    write("all.zip", archive({path.name: path.read_bytes() for path in made["md"]}))
    box = mailbox.mbox(folder / "all.mbox")
    for article in articles:
        box.add(letter(article))
    box.close()
    made["mbox"] = [folder / "all.mbox"]
    write_warc(articles, folder / "all.warc", len(articles) * _PAGE_BYTES)
    made["warc"] = [folder / "all.warc"]
    return made | make_documents(made["html"], folder)


def make_documents(pages: Sequence[Path], folder: Path) -> dict[str, list[Path]]:
    """The pages as LibreOffice writes them in other formats; none where it is not there."""
    made = {}
    for kind in DOCUMENTS if shutil.which("soffice") else ():
        home = f"-env:UserInstallation=file://{folder}/home"
        command = ["soffice", home, "--headless", "--writer", "--convert-to", kind, "--outdir", str(folder / kind)]
        subprocess.run([*command, *map(str, pages)], check=True, capture_output=True, timeout=600)
        made[kind] = sorted((folder / kind).iterdir())
    return made


def write_warc(articles: Sequence[Article], path: Path, size: int) -> None:
    """A web archive of about so many bytes, its pages under addresses of their own."""
    with path.open("wb") as file:
        number = 0
        while file.tell() < size:
            text = page(articles[number % len(articles)])
            filler = "var a = 0;\n" * ((_PAGE_BYTES - len(text)) // 11)
            body = text.replace("</head>", f"<script>{filler}</script></head>").encode()
            answer = b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n\r\n" + body
            head = (
                "WARC/1.0\r\nWARC-Type: response\r\nContent-Type: application/http; msgtype=response\r\n"
                f"WARC-Target-URI: https://courier.example/{number}\r\nContent-Length: {len(answer)}\r\n\r\n"
            )
            file.write(head.encode() + answer + b"\r\n\r\n")
            number += 1


def read(checkout: Path, python: str, paths: Sequence[Path], rounds: int) -> dict[str, float] | None:
    """What a checkout takes for files; nothing where it reads none of them."""
    environment = os.environ | {"PYTHONPATH": str(checkout / "src")}
    command = [python, "-c", _READ, str(rounds), *map(str, paths)]
    done = subprocess.run(command, check=True, capture_output=True, text=True, env=environment, cwd=checkout)
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found if found["articles"] else None


def speeds(checkouts: dict[str, tuple[Path, str]], paths: Sequence[Path]) -> dict[str, float | None]:
    """Articles a second by the name of the checkout, the better of two turns; none where it reads none."""
    best: dict[str, float | None] = dict.fromkeys(checkouts)
    for order in (sorted(checkouts), sorted(checkouts, reverse=True)):
        for name in order:
            found = read(*checkouts[name], paths, ROUNDS)
            speed = round(found["articles"] / found["seconds"], 1) if found else 0.0
            best[name] = max(best[name] or 0.0, speed) or None
    return best


def main() -> None:
    """Print one JSON object."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--other", type=Path, help="a checkout of another version")
    parser.add_argument("--python", default=sys.executable, help="the Python that has what the other one needs")
    parser.add_argument("--megabytes", type=int, default=200, help="size of the large web archive")
    given = parser.parse_args()
    checkouts = {"now": (ROOT, sys.executable)}
    if given.other:
        checkouts["other"] = (given.other.resolve(), given.python)
    articles = [one for one in read_articles([ROOT / "corpus"], max_bytes=1_000_000) if isinstance(one, Article)]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        made = make_files(articles, folder)
        table = {kind: speeds(checkouts, paths) for kind, paths in sorted(made.items())}
        write_warc(articles, folder / "large.warc", given.megabytes * 1_000_000)
        large = {name: read(*checkout, [folder / "large.warc"], 1) for name, checkout in checkouts.items()}
    about = {"articles": len(articles), "articles per second": table}
    print(json.dumps(about | {f"a web archive of {given.megabytes} MB": large}, indent=1))


if __name__ == "__main__":
    main()

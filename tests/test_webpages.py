"""What comes out of hand-made pages, served by a real web server: the table in docs/sources.md."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from newsqa.sources.fetching import Fetcher, Visitor
from newsqa.sources.formats.web import WebReader
from newsqa.types import Article, IngestEvent
from tests.web_server import Site, serving

DOC = Path(__file__).parents[1] / "docs" / "sources.md"
MAX_BYTES = 1_000_000


@dataclass(frozen=True)
class Case:
    """A page: its path, what is special about it, and what must come out.

    Either `title`, `day`, `has` and `lacks`, or the words of the failure (`failure`).
    """

    path: str
    special: str
    title: str = ""
    day: str = "unknown"
    has: tuple[str, ...] = ()
    lacks: tuple[str, ...] = ()
    failure: str = ""


CRANE = {"title": "Harbour crane falls into the Lenn", "day": "2024-03-02"}
CASES = (
    Case("lead_image", "lead image with a caption, byline, navigation", **CRANE,
         has=("fell into the river Lenn", "“Then the lights went out.”"), lacks=("Photo:", "Weather", "© 2024")),
    Case("cookie_banner", "cookie banner over the page", "Council buys the old brewery", "2024-05-14",
         ("14 votes to 9",), ("842 partners", "Accept all")),
    Case("live_blog", "live blog of three posts", "Flood on the Lenn: live updates", "2024-09-21",
         ("6.2 metres", "looked at by divers", "sports hall")),
    Case("paywall_stub", "first paragraph, then a paywall", "How the ferry line lost its licence", "2023-11-30",
         ("31 faults",), ()),
    Case("article", "plain article, the twin of the next", "School bus route returns", "2024-01-08",
         ("2,300 signatures",)),
    Case("article/amp", "AMP twin of the article before: the same id", "School bus route returns", "2024-01-08",
         ("2,300 signatures",)),
    Case("windows_1252", "Windows-1252 that calls itself ISO-8859-1", "Café in Ærøskøbing reopens", "2024-04-01",
         ("– “as if nothing had happened”", "400,000 €")),
    Case("utf_16", "UTF-16 with a byte order mark", "Museum counts its coins", "2024-02-10", ("Anna Żak",)),
    Case("no_date", "no date anywhere", "Beavers settle in the park", "unknown", ("nine trees",)),
    Case("three_dates", "published, updated, and the day of a comment", "Tram line five is finished", "2024-07-03",
         ("212 million",), ("Great news",)),
    Case("json_ld", "broken and whole JSON-LD, no meta tags", "Bees on the town hall", "2023-06-17",
         ("four hives of larch",)),
    Case("canonical_elsewhere", "`rel=canonical` of another site: not believed", "Lighthouse sold to a baker",
         "2024-08-20", ("every six seconds",)),
    Case("meta_refresh", "sends the browser on by a meta tag", "School bus route returns", "2024-01-08",
         ("2,300 signatures",)),
    Case("nested_tables", "laid out with nested tables", "Results of the county election", "1999-10-04",
         ("turnout was 63 percent",), ("Sport",)),
    Case("hostile", "scripts, hidden words, instructions in the text", "Port strike ends", "2024-01-01",
         ("after nine days", "five percent more pay"), ("alert(1)", "alert(2)", "alert(4)")),
    Case("huge_title", "a title of 260,000 characters", "Beavers settle in the park and then go on", "unknown",
         ("nine trees",)),
    Case("deep", "20,000 nested elements", failure="no article text"),
    Case("gzip_page", "packed with gzip", **CRANE, has=("fell into the river Lenn",)),
    Case("no_type", "no content type", **CRANE, has=("fell into the river Lenn",)),
    Case("redirect_chain", "three redirects, the last with a tracking parameter", **CRANE, has=("river Lenn",)),
    Case("redirect_far_0", "eight redirects", failure="redirects more than 5 times"),
    Case("redirect_loop", "redirects in a circle", failure="redirects in a circle"),
    Case("redirect_inside", "redirect to another port of 127.0.0.1", failure="port 9 is not one of the web"),
    Case("redirect_metadata", "redirect to 169.254.169.254", failure="169.254.169.254 is not on the public web"),
    Case("redirect_file", "redirect to file:///etc/passwd", failure="begins with http:// or https://"),
    Case("redirect_name", "redirect to a name that means 10.0.0.7", failure="example is not on the public web"),
    Case("endless", "a stream of 10 GB", failure="larger than 1 MB"),
    Case("gzip_bomb", "50 kB that unpack to 50 MB", failure="larger than 1 MB"),
    Case("wrong_type", "a picture", failure="is image/png"),
    Case("empty", "an empty page", failure="The page is empty"),
    Case("script_only", "filled in by a script; names a feed", failure="https://ledger.example/feed.xml"),
    Case("headers", "headers without end", failure="could not be read"),
    Case("slow_drip", "a byte now and then", failure="took longer than"),
    Case("slow_headers", "a header's byte now and then", failure="took longer than"),
    Case("cut_short", "breaks off in the middle", failure="broke off after 600 of 5,000 bytes"),
    Case("missing", "status 404", failure="is not there. Check the address (status 404)"),
    Case("gone", "status 410", failure="(status 410)"),
    Case("login", "status 403", failure="may not be read without a login"),
    Case("busy", "status 429, come back in two minutes", failure="(status 429)"),
    Case("broken", "status 500, asked for three times", failure="(status 500)"),
    Case("bomb_feed", "a feed with an XML entity bomb", failure="defines XML entities"),
)  # fmt: skip
ARTICLES = [case for case in CASES if not case.failure]
FAILURES = [case for case in CASES if case.failure]


def resolve(host: str, port: int) -> list[str]:
    """The names of the test: addresses are themselves, every name is a machine inside."""
    return [host] if host[0].isdigit() else ["10.0.0.7"]


def reader_of(site: Site, path: str) -> WebReader:
    """A reader that may use this site although it is on the loopback interface, and does not really wait."""
    seconds = 2.0 if path.startswith("slow") else 60.0
    fetcher = Fetcher(max_bytes=MAX_BYTES, seconds=seconds, allow_hosts=frozenset((site.place,)), resolve=resolve)
    return WebReader(Visitor(fetcher, delay=0, sleep=lambda _: None))


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    """The site with the pages."""
    with serving() as running:
        yield running


@pytest.fixture(scope="module")
def outcomes(site: Site) -> dict[str, Article | IngestEvent]:
    """What came out of each page."""
    found = {}
    for case in CASES:
        (found[case.path],) = reader_of(site, case.path).read([f"{site.url}/{case.path}"])
    return found


def quotable(article: Article) -> str:
    """The text that answers may quote."""
    return "\n".join(block.span.of(article.text) for block in article.blocks if block.kind == "paragraph")


@pytest.mark.parametrize("case", ARTICLES, ids=lambda case: case.path)
def test_the_report_comes_out(case: Case, outcomes: dict[str, Article | IngestEvent]) -> None:
    """Title, day and text of the report, and nothing of what surrounds it."""
    article = outcomes[case.path]
    assert isinstance(article, Article), article
    assert article.title.startswith(case.title)
    assert len(article.title) <= 300
    assert (article.published.isoformat() if article.published else "unknown") == case.day
    text = quotable(article)
    assert [words for words in case.has if words not in text] == []
    assert [words for words in case.lacks if words in text] == []


@pytest.mark.parametrize("case", FAILURES, ids=lambda case: case.path)
def test_the_rest_is_refused_in_words(case: Case, outcomes: dict[str, Article | IngestEvent]) -> None:
    """Each bad page is one failed event that says what is wrong and ends in what to do."""
    event = outcomes[case.path]
    assert isinstance(event, IngestEvent), event
    assert event.status == "failed"
    assert case.failure in event.reason
    assert event.reason.endswith((".", ")"))


def test_variants_of_one_article_have_one_id(outcomes: dict[str, Article | IngestEvent]) -> None:
    """The AMP twin and the page that sends on to the article are the article; so is the end of the redirects."""
    ids = {path: one.id for path, one in outcomes.items() if isinstance(one, Article)}
    assert ids["article"] == ids["article/amp"] == ids["meta_refresh"]
    assert ids["lead_image"] == ids["redirect_chain"]
    assert len({ids["lead_image"], ids["gzip_page"], ids["article"]}) == 3


def test_a_foreign_canonical_address_is_not_believed(
    site: Site, outcomes: dict[str, Article | IngestEvent]
) -> None:
    """A page cannot take the place of another site's article."""
    article = outcomes["canonical_elsewhere"]
    assert isinstance(article, Article)
    assert article.url == f"{site.url}/canonical_elsewhere"


def test_an_author_is_read(outcomes: dict[str, Article | IngestEvent]) -> None:
    """From a meta tag, and from JSON-LD with two authors."""
    assert [getattr(outcomes[path], "author", "") for path in ("lead_image", "json_ld")] == [
        "Mira Holt",
        "Jon Vale, Ida Ro",
    ]


def test_the_day_of_an_update_is_not_that_of_publication(outcomes: dict[str, Article | IngestEvent]) -> None:
    """A page with three dates has a day of publication and a day of its latest change."""
    article = outcomes["three_dates"]
    assert isinstance(article, Article)
    assert [str(article.published), str(article.updated)] == ["2024-07-03", "2024-07-09"]


def test_an_endless_stream_is_left_early(site: Site, outcomes: dict[str, Article | IngestEvent]) -> None:
    """Of the 10 GB no more is taken than the limit and what the network holds in its buffers."""
    assert outcomes["endless"]
    assert site.server.sent < 40 * MAX_BYTES


def table(site: Site, outcomes: dict[str, Article | IngestEvent]) -> str:
    """The table of docs/sources.md."""
    lines = ["| page | what is special | what came out |", "|---|---|---|"]
    for case in CASES:
        one = outcomes[case.path]
        if isinstance(one, Article):
            title = one.title if len(one.title) < 50 else one.title[:49] + "…"
            words = len(quotable(one).split())
            day = one.published.isoformat() if one.published else "no date"
            said = f"“{title}”, {day}, {words} words"
        else:
            said = one.reason.replace(site.url, "").replace("|", "\\|")
        lines.append(f"| `{case.path}` | {case.special} | {said} |")
    return "\n".join(lines)


BEGIN, END = "<!-- pages -->\n", "\n<!-- end of pages -->"


def test_the_table_in_the_documentation_is_what_came_out(
    site: Site, outcomes: dict[str, Article | IngestEvent]
) -> None:
    """docs/sources.md holds the outcome of every page; `python -m tests.test_webpages` writes it anew."""
    text = DOC.read_text(encoding="utf-8")
    assert text.partition(BEGIN)[2].partition(END)[0] == table(site, outcomes)
    assert len(CASES) >= 30


if __name__ == "__main__":
    with serving() as running:
        found = {
            case.path: next(reader_of(running, case.path).read([f"{running.url}/{case.path}"])) for case in CASES
        }
        head, _, rest = DOC.read_text(encoding="utf-8").partition(BEGIN)
        DOC.write_text(head + BEGIN + table(running, found) + END + rest.partition(END)[2], encoding="utf-8")

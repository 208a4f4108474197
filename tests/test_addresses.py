"""Answers, conversations and articles by their addresses: frozen, shared, taken along, and safe to open."""

from __future__ import annotations

import csv
import io
import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsqa import NewsQA
from newsqa.errors import StorageError
from newsqa.interfaces.access import TokenStore
from newsqa.interfaces.page.addresses import LARGEST, Addresses
from newsqa.interfaces.page.assets import card_html
from newsqa.interfaces.page.exchange import Exchange
from newsqa.interfaces.page.links import Arrival, is_of_version, link_article, read_query, read_span, write_query
from newsqa.interfaces.render import to_csv, to_footnotes, to_plain
from newsqa.settings import Settings
from newsqa.store.keeping import KeptTexts
from newsqa.store.postgres import Database
from newsqa.types import Answer, Citation, Passage, Span
from tests.newsroom import BRIDGE_EVIDENCE, BRIDGE_QUESTION, copy_index
from tests.served import Served, serving
from tests.servers import needs_postgres, new_database, postgres_running

MARKUP = '<script>window.hacked=1</script>"><img src=x onerror=alert(1)>'


def kept_by(home: Path, question: str = BRIDGE_QUESTION, **settings: int) -> Exchange:
    """A question asked of an index and kept under its address."""
    with NewsQA.open(home, settings=Settings(home=home, **settings)) as qa:  # type: ignore[arg-type]
        answer = qa.ask(question)
        link = write_query(question, {"source": [], "author": [], "language": [], "since": "", "until": ""})
        return Addresses(qa).keep(Exchange(question, answer, "", link))


def test_an_answer_survives_frozen(newsroom_index: Path, tmp_path: Path) -> None:
    """Kept and found again by another process it is what it was, and asked again it has the same address."""
    home = copy_index(newsroom_index, tmp_path / "index")
    exchange = kept_by(home)
    assert len(exchange.address) == 24
    with NewsQA.open(home) as qa:
        addresses = Addresses(qa)
        frozen = addresses.find(exchange.address)
        assert frozen is not None
        assert frozen.exchange == exchange
        assert frozen.asked == date.today()
        assert addresses.find("0" * 24) is None
        assert addresses.keep(replace(exchange, address="")).address == exchange.address
        conversation = addresses.keep_conversation([exchange])
        assert addresses.find_conversation(conversation) == [frozen]
        assert addresses.find_conversation(exchange.address) == []
        assert addresses.recall(exchange.address, "") == ([exchange], "")
    assert (home / "answers.sqlite").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    ("edit", "state", "still"),
    [
        (("14 million", "15 million"), "changed", True),
        (("deep cracks", "small cracks"), "changed", False),
        (("", ""), "same", True),
        (None, "gone", False),
    ],
)
def test_what_has_become_of_an_article_is_said(
    newsroom_index: Path, newsroom: Path, tmp_path: Path, edit: tuple[str, str] | None, state: str, still: bool
) -> None:
    """Whether it is as it was, was changed with or without the quote, or is gone."""
    home = copy_index(newsroom_index, tmp_path / "index")
    exchange = kept_by(home)
    (citation,) = exchange.answer.citations
    with NewsQA.open(home) as qa:
        if edit is None:
            qa.remove([citation.passage.article_id])
        else:
            path = newsroom / "bridge.md"
            before = path.read_text()
            try:
                path.write_text(before.replace(*edit) if edit[0] else before)
                qa.ingest([path])
            finally:
                path.write_text(before)
        addresses = Addresses(qa)
        frozen = addresses.find(exchange.address)
        assert frozen is not None
        since = addresses.look(frozen, citation)
        assert (since.state, since.start >= 0) == (state, still)
        if still:
            text = qa.article(citation.passage.article_id).text
            assert text[since.start : since.start + len(citation.quote)] == citation.quote


def test_what_gets_no_address(newsroom_index: Path, tmp_path: Path) -> None:
    """A greeting, anything where none are to be kept, and what is too large; the answer is given all the same."""
    home = copy_index(newsroom_index, tmp_path / "index")
    assert kept_by(home, "Thank you!").address == ""
    assert kept_by(home, kept_answers=0).address == ""
    with NewsQA.open(home) as qa:
        large = Exchange("q", replace(qa.ask(BRIDGE_QUESTION), text="x" * LARGEST))
        assert Addresses(qa).keep(large) == large
        assert Addresses(qa).keep_conversation([large]) == ""
        (home / "answers.sqlite").write_bytes(b"no database" * 1000)
        one = Exchange("q", qa.ask(BRIDGE_QUESTION))
        assert Addresses(qa).keep(one) == one


@pytest.fixture(scope="module")
def postgres() -> Iterator[str]:
    """A PostgreSQL of its own."""
    with postgres_running() as url:
        yield url


@pytest.fixture(params=["file", pytest.param("database", marks=needs_postgres)])
def open_kept(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[[int], KeptTexts]]:
    """Opens the texts of one index again and again, which keep so many: in its folder, or in PostgreSQL."""
    url = None
    if request.param == "database":
        url = new_database(request.getfixturevalue("postgres"), f"kept_{uuid.uuid4().hex}")
    with ExitStack() as opened:

        def open_another(most: int) -> KeptTexts:
            return opened.enter_context(closing(KeptTexts(tmp_path, most, Database(url) if url else None)))

        yield open_another


def test_the_newest_are_kept(open_kept: Callable[[int], KeptTexts]) -> None:
    """At most so many of each kind; what is kept again counts as new."""
    kept = open_kept(3)
    assert kept.find("answer", "0" * 24) is None
    first, second, third = (kept.keep("answer", text) for text in "abc")
    assert kept.keep("answer", "a") == first
    other = kept.keep("conversation", "a")
    fourth = kept.keep("answer", "d")
    assert [kept.find("answer", key) for key in (first, second, third, fourth)] == ["a", None, "c", "d"]
    assert kept.find("conversation", other) == "a"
    assert kept.find("answer", other) is None


def test_many_may_keep_at_once(open_kept: Callable[[int], KeptTexts]) -> None:
    """Threads and processes that keep at the same time all get what they keep."""
    stores = [open_kept(100) for _ in range(4)]
    threads = [
        threading.Thread(target=lambda kept=kept, n=n: [kept.keep("answer", f"{n} {i}") for i in range(20)])
        for n, kept in enumerate(stores)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    keys = [stores[0].keep("answer", f"{n} {i}") for n in range(4) for i in range(20)]
    assert None not in [stores[1].find("answer", key) for key in keys]


def test_a_folder_that_cannot_be_written_is_told_in_words(tmp_path: Path) -> None:
    """As an error that says what to do."""
    with pytest.raises(StorageError, match="Make the file and its folder"):
        KeptTexts(tmp_path / "not there", 3).keep("answer", "a")
    assert KeptTexts(tmp_path / "not there", 3).find("answer", "0" * 24) is None


PASSAGE = Passage(
    "p", "0123456789abcdef", "It is so. It was.", 0, 17, (Span(0, 9), Span(10, 17)), title="=HYPERLINK(1)",
    source="+1", author="@SUM(A1)", published=date(2019, 4, 25), url="https://example.org/a",
)  # fmt: skip
ANSWER = Answer(
    "q", "q", "It is so. [1] It was. [2]", False, 0.9,
    (Citation(1, "It is so.", 0, 9, PASSAGE), Citation(2, "It was.", 10, 17, replace(PASSAGE, url="javascript:"))),
)  # fmt: skip


def test_an_answer_as_markdown_has_a_footnote_for_each_quote() -> None:
    """Each marker is one of a footnote, and what stands there cannot be taken for markup."""
    written = to_footnotes("Is *it* so?\n# no", ANSWER, "Asked today.")
    assert written.splitlines()[0] == r"# Is \*it\* so? # no"
    assert "It is so. [^1] It was. [^2]" in written
    assert r"[^1]: “It is so.” \=HYPERLINK(1), by \@SUM(A1), +1, 25 April 2019. <https://example.org/a>" in written
    assert "javascript" not in written


def test_an_answer_as_text_begins_with_its_question() -> None:
    """Question, answer, sources, and when it was asked."""
    assert to_plain("q", ANSWER, "Asked today.").splitlines()[0] == "q"
    assert to_plain("q", ANSWER, "Asked today.").endswith("\n\nAsked today.\n")


def test_the_evidence_is_a_table_without_formulas() -> None:
    """A row for each quote; what a spreadsheet would compute begins with an apostrophe."""
    head, *rows = csv.reader(io.StringIO(to_csv(ANSWER)))
    first, second = (dict(zip(head, row, strict=True)) for row in rows)
    assert (first["number"], first["quote"], first["published"]) == ("1", "It is so.", "2019-04-25")
    assert (first["title"], first["author"], first["source"]) == ("'=HYPERLINK(1)", "'@SUM(A1)", "'+1")
    assert (first["url"], second["url"]) == ("https://example.org/a", "")


@given(st.text(max_size=30))
def test_no_cell_begins_a_formula(text: str) -> None:
    """Whatever a title is."""
    cited = Citation(1, "It is so.", 0, 9, replace(PASSAGE, title=text))
    _, row = csv.reader(io.StringIO(to_csv(replace(ANSWER, citations=(cited,)))))
    assert not row[2].lstrip().startswith(("=", "+", "-", "@", "\t", "\r", "|", "%", "＝", "＋", "－", "＠"))


def test_a_question_with_its_filters_is_an_address_and_back() -> None:
    """What was chosen comes back as it was."""
    options = {"source": ["A & B", "C"], "author": [], "language": ["en"], "since": "2019-04-01", "until": None}
    more = {"as_of": "25.4.2019", "k": 3, "any_date": True, "llm": False}
    query = write_query("Why? & who=me", options)
    assert query.startswith("q=Why%3F+%26+who%3Dme&")
    arrived = Arrival(source=("A & B", "C"), language=("en",), since="2019-04-01")
    assert read_query(f"?{query}") == arrived
    asked = replace(arrived, as_of="25.4.2019", k="3", any_date=True, llm=False)
    assert read_query(write_query("Why?", options | more)) == asked


@given(st.text(max_size=300))
def test_any_query_is_read(query: str) -> None:
    """Whatever stands in an address, something bounded comes out."""
    for arrived in (
        read_query(query),
        read_query("&".join(f"{name}={query}" for name in ("source", "since", "k", "any_date", "a"))),
    ):
        assert len(arrived.source) <= 20
        assert all(len(name) <= 200 for name in arrived.source)
        assert max(map(len, (arrived.since, arrived.k))) <= 40
        assert arrived.answer in ("", query)


def test_a_place_in_an_article_is_an_address_and_back() -> None:
    """A link names the version that it was made of, so that no other one is marked wrongly."""
    link = link_article("0123456789abcdef", Span(3, 90), Span(5, 9), "abcdef0123456789")
    assert link == "articles/0123456789abcdef?passage=3-90&quote=5-9&v=abcdef01#passage-mark"
    assert link_article("0123456789abcdef", None, None, "abcdef") == "articles/0123456789abcdef"
    assert (is_of_version("abcdef01", "abcdef0123456789"), is_of_version("", "x"), is_of_version("b", "a")) == (
        True, True, False,
    )  # fmt: skip
    for wrong in ("", "5", "-5", "5-", "a-b", "1-2-3", "1" * 40 + "-2", "٣-٤"):
        assert read_span(wrong) is None
    assert read_span("5-9") == Span(5, 9)


def test_a_card_shows_text_alone() -> None:
    """Markup in a question stays text, and a long answer is cut."""
    card = card_html(MARKUP, "word " * 100)
    assert "<script" not in card
    assert "<img" not in card
    assert card.count("word") < 100


@pytest.fixture(scope="module")
def shared(
    newsroom_index: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Served, Exchange, Exchange]]:
    """A server, an answer that was kept before it started, and one whose question is full of markup."""
    home = copy_index(newsroom_index, tmp_path_factory.mktemp("shared") / "index")
    exchange, hostile = kept_by(home), kept_by(home, f"Why was the harbour bridge closed {MARKUP}?")
    with serving(home) as server:
        yield server, exchange, hostile


@pytest.mark.slow
def test_an_answer_is_shown_under_its_address(shared: tuple[Served, Exchange, Exchange]) -> None:
    """With its quote, its card, links to its article, and no script at all."""
    server, exchange, _ = shared
    reply = server.request("GET", f"/a/{exchange.address}")
    page = reply.body.decode()
    assert (reply.status, reply.header("content-type")) == (200, "text/html; charset=utf-8")
    assert BRIDGE_EVIDENCE in page
    assert f'<meta property="og:title" content="{BRIDGE_QUESTION}">' in page
    assert '<meta property="og:site_name" content="newsqa">' in page
    assert "<script" not in page
    assert "script-src" not in reply.header("content-security-policy")
    assert "default-src 'none'" in reply.header("content-security-policy")
    article = exchange.answer.citations[0].passage.article_id
    assert f'href="../articles/{article}?passage=' in page
    found = server.request("GET", f"/articles/{article}?quote=0-12&v=00000000")
    assert "has changed since this link was made" in found.body.decode()
    assert "<mark" not in found.body.decode()
    marked = server.request("GET", f"/articles/{article}?quote=0-12").body.decode()
    assert '<mark class="nq-in-quote" id="passage-mark">The harbour ' in marked


@pytest.mark.slow
def test_markup_in_a_question_stays_text(shared: tuple[Served, Exchange, Exchange]) -> None:
    """In the page, in its head, and in the files."""
    server, _, hostile = shared
    page = server.request("GET", f"/a/{hostile.address}").body.decode()
    assert "<script" not in page
    assert "<img" not in page
    assert "&lt;script&gt;window.hacked=1" in page
    for form, kind in (("md", "text/markdown"), ("txt", "text/plain"), ("csv", "text/csv")):
        reply = server.request("GET", f"/a/{hostile.address}.{form}")
        assert reply.header("content-type") == f"{kind}; charset=utf-8"
        assert reply.header("content-disposition").startswith("attachment; filename=")
        assert "sandbox" in reply.header("content-security-policy")


@pytest.mark.slow
def test_addresses_that_are_none(shared: tuple[Served, Exchange, Exchange]) -> None:
    """What is not kept is told in words; what is no address is not there, and nothing is written."""
    server, exchange, _ = shared
    for path in ("/a/" + "0" * 24, "/c/" + "0" * 24, "/articles/" + "0" * 16):
        reply = server.request("GET", path)
        assert reply.status == 404
        assert 'role="alert"' in reply.body.decode()
    for path in (
        "/a/..%2f",
        f"/a/{exchange.address}.exe",
        f"/a/{exchange.address}/x",
        "/a/ABC",
        "/articles/1",
        "/a/",
    ):
        assert server.request("GET", path).status in (400, 404)
    for method in ("POST", "PUT", "DELETE"):
        assert server.request(method, f"/a/{exchange.address}", {"x": 1}).status == 404


@pytest.mark.slow
def test_the_page_has_a_card_of_its_own(shared: tuple[Served, Exchange, Exchange]) -> None:
    """Gradio's name and picture are in none of its meta elements."""
    page = shared[0].request("GET", "/?q=%3Cscript%3E").body.decode()
    head = page[: page.index("<style")]
    assert '<meta property="og:title" content="newsqa">' in page
    assert page.count("og:title") == page.count('name="twitter:card"') == 1
    assert "radio" not in "".join(line for line in head.split("<") if line.startswith("meta"))
    assert "q=%3Cscript" not in page


@pytest.mark.slow
def test_who_may_read_the_page_may_read_an_answer(newsroom_index: Path, tmp_path: Path) -> None:
    """Others are led to the login, and from there back."""
    home = copy_index(newsroom_index, tmp_path / "index")
    exchange = kept_by(home)
    token = TokenStore(home).new("reader")
    with serving(home) as server:
        path = f"/a/{exchange.address}"
        assert server.request("GET", path).status == 401
        reply = server.request("GET", path, headers={"accept": "text/html"})
        assert (reply.status, reply.header("location")) == (303, f"/login?next=%2Fa%2F{exchange.address}")
        assert server.request("GET", path, headers={"authorization": f"Bearer {token}"}).status == 200
        assert server.request("GET", f"{path}.md").status == 401

"""News as it comes, as a user sees it: histories, days, languages, progress, an ingest that is stopped."""

from __future__ import annotations

import json
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from datetime import date, datetime
from pathlib import Path
from typing import Any

import gradio as gr
import pytest

from newsqa import NewsQA, Settings
from newsqa.errors import ArticleError, QuestionError
from newsqa.interfaces.cli._progress import progress_words
from newsqa.interfaces.page import views
from newsqa.interfaces.page.handlers import Handlers
from newsqa.interfaces.render import cards_html, to_text
from newsqa.sources.formats.build import build_article
from newsqa.sources.formats.html import read_html
from newsqa.sources.formats.origin import Origin
from newsqa.store import Index
from newsqa.text.languages import encoder_note, language_of, primary, question_language
from newsqa.types import Article, Filter, IngestEvent
from tests.fakes import HashingEncoder, ParagraphSplitter, make_article
from tests.newsroom import copy_index

NEWSQA = (sys.executable, "-c", "from newsqa.interfaces.cli import main; main()")

BRIDGE = """---
title: Bridge at Arlen open again
source: Coast Courier
published: {published}
updated: {updated}
url: https://news.example/bridge
---
The harbour bridge at Arlen is open again after {months} months of repairs, because its pillars were replaced.
Mayor Ines Calder cut the ribbon on Saturday in front of some two thousand people.
"""

NO_NAMES = ("~no-such-user/x", "~\udce9", "x" * 300, "caf\udce9.txt", "ffff\0")
"""What no article can be called: of a user that is not there, too long, no UTF-8, no text."""

GERMAN = (
    "Der Minister sagte am Montag, dass die Regierung den Plan nicht weiter verfolgen werde, weil die Kosten zu "
    "hoch sind und die Gemeinden dagegen waren. Die Opposition nannte das einen Sieg."
)


def newsqa(*arguments: str | Path) -> tuple[int, str, str]:
    """Exit code, stdout and stderr of a command in a process of its own."""
    run = subprocess.run([*NEWSQA, *map(str, arguments)], capture_output=True, text=True)
    assert "Traceback" not in run.stderr
    return run.returncode, run.stdout, run.stderr


@pytest.fixture(scope="module")
def changed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The home of an index in which one article has changed once."""
    folder = tmp_path_factory.mktemp("changed")
    (folder / "articles").mkdir()
    with NewsQA.open(folder / "home") as qa:
        for months, updated in ((10, "2019-03-02"), (11, "2019-03-05")):
            text = BRIDGE.format(published="2019-03-02", updated=updated, months=months)
            (folder / "articles" / "bridge.md").write_text(text, encoding="utf-8")
            report = qa.ingest([folder / "articles"])
    assert (report.updated, report.failed) == (1, ())
    return folder


def test_the_history_shows_what_changed(changed: Path) -> None:
    """An article is found by id, beginning, path and address; each earlier version comes with a diff, if any."""
    with NewsQA.open(changed / "home") as qa:
        article = qa.articles()[0]
        found = qa.history(article.id)
        names = [
            article.id[:6],
            str(changed / "articles" / "bridge.md"),
            "http://www.news.example/bridge/?utm_source=x",
        ]
        assert all(qa.history(name) == found for name in names)
        for unknown in ("", "ffff", "https://news.example/other", "no such thing", *NO_NAMES):
            with pytest.raises(ArticleError, match="newsqa articles"):
                qa.history(unknown)
            with pytest.raises(ArticleError, match="newsqa articles"):
                qa.article(unknown)
            assert qa.remove([unknown]) == 0
            assert views.GONE in Handlers(qa).open_article(gr.EventData(None, {"article": unknown}))
    assert (article.published, article.updated) == (date(2019, 3, 2), date(2019, 3, 5))
    assert article.ingested is not None
    assert len(found.versions) == 1
    assert "after 10 months" in found.versions[0].text
    lines = found.versions[0].diff.splitlines()
    assert [line[0] for line in lines if line[:1] in "+-" and line[:3] not in ("+++", "---")] == ["-", "+"]
    assert json.loads(json.dumps(found.to_dict()))["versions"][0]["diff"] == found.versions[0].diff


def test_an_answer_says_that_its_article_was_updated(changed: Path) -> None:
    """The day of the latest change stands beside the day of publication: as text, in JSON, and in HTML."""
    with NewsQA.open(changed / "home") as qa:
        answer = qa.ask("Why is the harbour bridge at Arlen open again?")
    assert not answer.abstained
    updated = answer.citations[0].passage.updated
    assert updated is not None
    assert updated >= date(2019, 3, 5)
    assert f"updated {updated.day} {updated:%B %Y}" in to_text(answer)
    assert answer.to_dict()["citations"][0]["updated"] == updated.isoformat()
    assert f'updated <time datetime="{updated.isoformat()}">' in cards_html(answer.citations)


@pytest.mark.slow
def test_the_command_shows_the_history(changed: Path) -> None:
    """`newsqa history` prints the three days and the diff; with `--json` all of it; an unknown one is an error."""
    code, out, _ = newsqa("history", "https://news.example/bridge", "--home", changed / "home")
    assert code == 0
    assert "published 2019-03-02; updated 2019-03-05; ingested " in out
    assert "-The harbour bridge at Arlen is open again after 10 months" in out
    assert newsqa("history", "zzz", "--home", changed / "home")[0] == 1


@pytest.mark.parametrize(
    ("published", "updated", "expected"),
    [
        ("2019-03-02", "2019-03-05", date(2019, 3, 5)),
        ("2019-03-02", "5 March 2019, 10:15", date(2019, 3, 5)),
        ("2019-03-02", "2019-03-01", None),
        ("2019-03-02", "soon", None),
        ("2019-03-02", '""', None),
    ],
)
def test_the_day_of_an_update(published: str, updated: str, expected: date | None) -> None:
    """It is the day that is stated; an unknown one stays unknown, and one before publication is a mistake."""
    article = build_article(BRIDGE.format(published=published, updated=updated, months=11), "/a.md", markdown=True)
    assert (article.published, article.updated) == (date(2019, 3, 2), expected)


@pytest.mark.parametrize(
    "head",
    [
        '<meta property="article:modified_time" content="2024-07-09T10:00:00Z">',
        '<script type="application/ld+json">{"@type": "NewsArticle", "dateModified": "2024-07-09"}</script>',
        '<meta itemprop="dateModified" content="2024-07-09">',
    ],
)
def test_pages_say_when_they_were_changed(head: str) -> None:
    """The day of an update is read from meta tags, JSON-LD and microdata; it is not the day of publication."""
    body = " ".join(["The council of Arlen decided on Tuesday to keep the old brewery as a market hall."] * 8)
    page = f"<html><head><title>Brewery</title>{head}</head><body><article><p>{body}</p></article></body></html>"
    article = read_html(page.encode(), Origin("page", "/page.html", "/page.html"))
    assert (article.published, article.updated) == (None, date(2024, 7, 9))


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (
            "The minister said on Monday that the plan of the government was too dear and would be dropped.",
            "en",
        ),
        (GERMAN, "de"),
        (
            "Le ministre a dit lundi que le gouvernement ne poursuivrait pas le projet, parce qu'il coûte trop.",
            "fr",
        ),
        ("El ministro dijo el lunes que el gobierno no seguirá con el plan porque cuesta demasiado dinero.", "es"),
        ("Kim", "und"),
        ("", "und"),
        ("12 34 56 78 90 " * 20, "und"),
    ],
)
def test_languages_are_told(text: str, code: str) -> None:
    """A sentence is enough; what says too little stays unknown."""
    assert language_of(text) == code


def test_the_language_of_a_question_is_one_of_the_articles() -> None:
    """With one language there is nothing to tell; with several the question is held against these."""
    assert question_language("Warum traf Kim Putin?", ["en", "de-AT", "und"]) == "de"
    assert question_language("Why did Kim meet Putin?", ["en-GB"]) == "en"
    assert question_language("Why?", []) == ""
    assert primary("pt-BR") == "pt"


def test_languages_are_kept_and_filter(tmp_path: Path) -> None:
    """What an article says of its language comes first; `en` finds `en-GB`; searches keep to the filter."""
    articles = [
        make_article("english", "The ferry line goes on.", "More on the ferry and that line to the island."),
        Article(**{**_fields(make_article("german", GERMAN + " Die Fähre, the ferry, fährt.")), "language": ""}),
        Article(**{**_fields(make_article("british", "A ferry for the isle.")), "language": "en-GB"}),
    ]
    encoder = HashingEncoder()
    with Index.open(tmp_path, encoder, ParagraphSplitter()) as index:
        index.ingest(articles)
        assert index.languages() == {"de": 1, "en": 1, "en-GB": 1}
        for code, titles in (("de", {"german"}), ("EN", {"english", "british"}), ("fr", set())):
            where = Filter(languages=(code,))
            assert {one.title for one in index.articles(where)} == titles
            for keys in (
                index.search_words("ferry", 9, where),
                index.search_vectors(encoder.encode_query("ferry"), 9, where),
            ):
                assert {passage.title for passage in index.passages([key for key, _ in keys])} == titles


def _fields(article: Article) -> dict[str, Any]:
    return {name: getattr(article, name) for name in Article.__slots__}


def test_a_corpus_that_needs_another_encoder_says_so(tmp_path: Path) -> None:
    """From a tenth of foreign articles on, ingest and check name the setting, unless another encoder is set."""
    assert encoder_note({"en": 95, "de": 5}, multilingual=False) == ""
    assert encoder_note({}, multilingual=False) == ""
    assert encoder_note({"de": 50}, multilingual=True) == ""
    assert "13% of the articles are not in English (de 8%, fr 5%)" in encoder_note(
        {"en-GB": 87, "de": 8, "fr": 5, "und": 900}, multilingual=False
    )
    (tmp_path / "de.txt").write_text(f"Plan fallengelassen\n\n{GERMAN}\n", encoding="utf-8")
    with NewsQA.open(tmp_path / "home") as qa:
        report = qa.ingest([tmp_path / "de.txt"])
        assert "NEWSQA_ENCODER" in report.notes[0]
        assert report.to_dict()["notes"] == qa.check().to_dict()["notes"] == list(report.notes)


def test_words_for_days_are_counted_from_the_day_that_the_settings_name(newsroom_index: Path) -> None:
    """For what is given as for what a question says: `NEWSQA_AS_OF` is today."""
    with NewsQA.open(settings=Settings.load(home=newsroom_index, as_of="2019-04-05")) as qa:
        march = qa.article_count(since="last month", until="last month")
        assert 0 < march < qa.article_count()
        assert march == qa.article_count(since="2019-03-01", until="2019-03-31")
        hits = qa.search("bridge", since="last month", until="last month")
        (found,) = {str(one.passage.published)[:7] for one in hits}
        assert found == "2019-03"
        retriever = qa.retriever()
        for chosen in (
            qa.retriever(since="last month", until="last month").invoke("bridge"),
            retriever.invoke("bridge", since="last month", until="last month"),
        ):
            assert {one.metadata["published"][:7] for one in chosen} == {"2019-03"}
        assert qa.read_days("last month", "2019-03-05") == (date(2019, 2, 1), date(2019, 2, 28))


def test_what_python_gives_otherwise_is_understood_or_refused(newsroom_index: Path, tmp_path: Path) -> None:
    """A moment is its day, one id is one article, what cannot be written is in no article, no day is told."""
    with NewsQA.open(copy_index(newsroom_index, tmp_path / "copy")) as qa:
        noon = datetime(2019, 3, 1, 12)
        assert qa.article_count(since=noon) == qa.article_count(since="2019-03-01")
        assert qa.search("bridge", since=noon) == qa.search("bridge", since="2019-03-01")
        assert qa.retriever(since=noon).since == noon.date()
        assert qa.ask("Why was the bridge closed \udcff?", source="\udcff").abstained
        assert not qa.find_articles("\udcff").total
        for text in ("soon", "2019-02-30"):
            with pytest.raises(ArticleError, match="is no day"):
                qa.add_text("The ferry was late.", title="Ferry", published=text)
        first = qa.articles()[0].id
        assert qa.remove(first) == 1
        assert first not in {one.id for one in qa.articles()}


def test_days_in_a_question_narrow_and_are_told(newsroom_index: Path) -> None:
    """The period is in the answer; one that leaves nothing abstains and says why; `any_date` takes all days."""
    question = "Why was the harbour bridge closed last week?"
    with NewsQA.open(newsroom_index) as qa:
        near = qa.ask(question, as_of="2019-03-05")
        far = qa.ask(question, as_of="2019-06-20")
        free = qa.ask(question, as_of="2019-06-20", any_date=True)
        assert qa.ask("Why is the harbour bridge closed now?").period is None
        with pytest.raises(QuestionError, match="as of"):
            qa.ask(question, as_of="since yesterday")
    assert near.period is not None
    assert (near.abstained, near.question, near.period.since) == (False, question, date(2019, 2, 25))
    assert near.to_dict()["period"] == {"words": "last week", "since": "2019-02-25", "until": "2019-03-03"}
    assert far.abstained
    assert any("none is from the days asked for" in part for part in far.missing)
    assert any("narrowed to “last week”" in part for part in far.missing)
    assert (free.abstained, free.period) == (False, None)


@pytest.mark.slow
def test_the_command_says_that_it_narrowed(newsroom_index: Path) -> None:
    """The note is on stderr, and names the way out; `NEWSQA_AS_OF` or `--as-of` says what today is."""
    question = "Why was the harbour bridge closed last week?"
    code, out, err = newsqa("ask", question, "--as-of", "2019-03-05", "--home", newsroom_index)
    assert (code, "engineers had found deep cracks" in out) == (0, True)
    assert "Searched for what is told of “last week”, 25 February 2019 to 3 March 2019. All" in err
    code, _, err = newsqa("ask", question, "--as-of", "2019-06-20", "--any-date", "--home", newsroom_index)
    assert (code, err) == (0, "")


@pytest.mark.parametrize(
    ("count", "elapsed", "total", "share", "words"),
    [
        (5, 0.1, None, None, "5 articles"),
        (50, 10.0, None, None, "50 articles, 5.0/s"),
        (50, 10.0, None, 0.25, "50 articles, 5.0/s, 0:30 left"),
        (50, 10.0, 100, None, "50 of 100 articles, 5.0/s, 0:10 left"),
        (9_000, 3_600.0, None, 0.1, "9,000 articles, 2.5/s, 9 h 00 min left"),
        (50, 10.0, None, 1.0, "50 articles, 5.0/s"),
        (1, 10.0, None, 0.0, "1 article, 0.1/s"),
    ],
)
def test_progress_has_rate_and_time_left(
    count: int, elapsed: float, total: int | None, share: float | None, words: str
) -> None:
    """The time left comes from the share of the work that is done."""
    assert progress_words(count, "article", elapsed, total, share) == words


def test_how_much_of_the_files_is_read(tmp_path: Path) -> None:
    """The share of bytes never falls, and ends near 1."""
    folder = tmp_path / "articles"
    folder.mkdir()
    for number in range(6):
        text = f"Report {number}\n\nThe council of Arlen met on day {number} and said that it was good.\n"
        (folder / f"{number}.txt").write_text(text * (number + 1), encoding="utf-8")
    shares: list[float] = []
    with NewsQA.open(tmp_path / "home") as qa:
        qa.ingest([folder], on_progress=shares.append)
    assert shares == sorted(shares)
    assert shares[-1] == 1.0


def test_an_ingest_that_is_stopped_finishes_its_batch(tmp_path: Path) -> None:
    """What was told of is in, the report says that it was stopped, and the next ingest brings the rest."""
    articles = [make_article(f"report-{n}", f"Report {n} on the ferry.") for n in range(40)]
    told: list[IngestEvent] = []
    asked = iter([False] * 10 + [True] * 100)
    with Index.open(tmp_path, HashingEncoder(), ParagraphSplitter()) as index:
        report = index.ingest(articles, on_event=told.append, stop=lambda: next(asked))
        assert (report.interrupted, report.added, len(told)) == (True, 10, 10)
        assert (index.article_count(), index.check().faults) == (10, ())
        rest = index.ingest(articles)
    assert (rest.interrupted, rest.added, rest.same) == (False, 30, 10)


def articles_written(catalogue: Path) -> int:
    """How many articles the catalogue of a running ingest has."""
    try:
        with closing(sqlite3.connect(f"file:{catalogue}?mode=ro", uri=True)) as connection:
            return int(connection.execute("SELECT count(*) FROM articles").fetchone()[0])
    except sqlite3.OperationalError:  # not there yet
        return 0


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="signals are POSIX")
@pytest.mark.parametrize("told", [signal.SIGTERM, signal.SIGINT], ids=["SIGTERM", "Ctrl-C"])
def test_ctrl_c_finishes_the_batch_and_reports(tmp_path: Path, told: signal.Signals) -> None:
    """The first ends an ingest with a report and code 130; the same command goes on from there."""
    lines = [
        json.dumps(
            {"id": n, "title": f"Report {n}", "text": f"Report {n}. " + "The ferry to the island was late. " * 30}
        )
        for n in range(3000)
    ]
    (tmp_path / "many.jsonl").write_text("\n".join(lines), encoding="utf-8")
    command = [*NEWSQA, "ingest", str(tmp_path / "many.jsonl"), "--json", "--home", str(tmp_path / "home")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        while process.poll() is None and not articles_written(tmp_path / "home" / "catalogue.sqlite"):
            time.sleep(0.01)
        process.send_signal(told)
        out, errors = process.communicate(timeout=240)
    report = json.loads(out)
    assert process.returncode == 130
    assert "Finishing what is begun" in errors
    assert "Traceback" not in errors
    assert report["interrupted"]
    assert 0 < report["added"] < 3000
    with NewsQA.open(tmp_path / "home") as qa:
        assert len(qa.articles()) == report["added"]
        assert qa.check().sound


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="SIGINT is POSIX")
def test_ctrl_c_ends_watching_with_a_report(tmp_path: Path) -> None:
    """The rounds are told as they end, as JSON lines if asked for, and their sum at the end; the code is 0."""
    (tmp_path / "news").mkdir()
    (tmp_path / "news" / "ferry.txt").write_text("The ferry to the island was late. " * 9, encoding="utf-8")
    command = [*NEWSQA, "watch", str(tmp_path / "news"), "--json", "--home", str(tmp_path / "home")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        report = json.loads(process.stdout.readline())  # the first round is over: it waits
        process.send_signal(signal.SIGINT)
        out, errors = process.communicate(timeout=240)
    assert (process.returncode, out, report["added"], report["failed"]) == (0, "", 1, [])
    assert "Ended after 1 round: 1 added, 0 updated, 0 failed." in errors
    assert "Traceback" not in errors


def test_an_article_that_never_changed_has_a_history_without_versions(newsroom_index: Path) -> None:
    """Nothing was replaced, so there is nothing to compare."""
    with NewsQA.open(newsroom_index) as qa:
        for summary in qa.articles():
            assert qa.history(summary.id).versions == ()

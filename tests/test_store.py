"""The index: what goes in comes out, once, filtered as asked, and in every process at once."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from newsqa.errors import ArticleError, IndexMismatchError, IndexMissingError, ModelError
from newsqa.store import Index
from newsqa.store._undoing import KEPT_CHANGES
from newsqa.store.analysis import analyse, analyse_query
from newsqa.text.passages import SentenceSplitter
from newsqa.types import Article, Filter, IngestEvent
from tests.fakes import HashingEncoder, ParagraphSplitter, make_article

SUMMIT = make_article(
    "summit",
    "Kim and Putin met in Vladivostok on Thursday.",
    "# Guest workers",
    "The U.S. sanctions send thousands of labourers home.",
    title="Kim's summit with Putin",
    url="https://news.example/summit",
    author="José García, Bo Lind",
)
FIRE = make_article(
    "fire",
    "The cathedral's roof burned for hours.",
    "Firefighters saved both towers.",
    title="Notre-Dame in flames",
    source="Evening Echo",
    published=date(2019, 4, 15),
    author="Bo Lind and Ana Ruiz",
)
CAVE = make_article(
    "cave", "Divers brought all twelve boys out of the cave.", source="Evening Echo", published=None
)
ARTICLES = [SUMMIT, FIRE, CAVE]


@pytest.fixture
def encoder() -> HashingEncoder:
    return HashingEncoder()


@pytest.fixture
def index(tmp_path: Path, encoder: HashingEncoder) -> Iterator[Index]:
    with Index.open(tmp_path / "home", encoder, ParagraphSplitter()) as index:
        index.ingest(ARTICLES)
        yield index


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Index]:
    """The same index for tests that only read."""
    with Index.open(tmp_path_factory.mktemp("shared"), HashingEncoder(), ParagraphSplitter()) as index:
        index.ingest(ARTICLES)
        yield index


def texts(index: Index, hits: list[tuple[str, float]]) -> list[str]:
    return [passage.text for passage in index.passages([key for key, _ in hits])]


def in_another_process(code: str, home: Path) -> str:
    """What a fresh process prints that has `index`, an index opened on `home`."""
    opened = (
        "import sys; from pathlib import Path\n"
        "from tests.fakes import HashingEncoder, ParagraphSplitter, make_article\n"
        "from newsqa.store import Index\n"
        "index = Index.open(Path(sys.argv[1]), HashingEncoder(), ParagraphSplitter())\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", opened + code, str(home)],
        capture_output=True,
        text=True,
        check=False,
        cwd=Path(__file__).parents[1],
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_round_trip(shared: Index) -> None:
    """Articles come back as they went in, and their passages as slices of their text."""
    assert [shared.article(article.id) for article in ARTICLES] == ARTICLES
    expected = [passage for article in ARTICLES for passage in ParagraphSplitter().split(article)]
    assert shared.passages([passage.id for passage in expected]) == expected
    assert len(shared) == 5
    assert shared.sources() == ["Evening Echo", "The Courier"]
    assert shared.period() == (date(2019, 4, 15), date(2019, 4, 25))


def test_summaries_are_newest_first(shared: Index) -> None:
    """The list of articles has the newest first and undated ones last, with counts."""
    listed = [(s.id, s.title, s.published, s.passages) for s in shared.articles()]
    assert listed == [(a.id, a.title, a.published, n) for a, n in ((SUMMIT, 2), (FIRE, 2), (CAVE, 1))]
    assert [s.words for s in shared.articles()] == [len(a.text.split()) for a in ARTICLES]


def test_ingest_reports_what_became_of_each_article(tmp_path: Path, encoder: HashingEncoder) -> None:
    """Added, updated, same and failed are told one by one, and summed up."""
    bad = IngestEvent("failed", "broken.txt", reason="It is empty. Leave it out.")
    changed = make_article("fire", "The cathedral's roof burned all night.", title="Notre-Dame in flames")
    events: list[IngestEvent] = []
    with Index.open(tmp_path, encoder, ParagraphSplitter()) as index:
        first = index.ingest([SUMMIT, bad, FIRE])
        second = index.ingest([SUMMIT, changed, CAVE], on_event=events.append)
    assert (first.added, first.passages, first.failed) == (2, 4, (bad,))
    assert (second.added, second.updated, second.same, second.passages) == (1, 1, 1, 2)
    assert second.article_ids == (SUMMIT.id, FIRE.id, CAVE.id)
    assert {(event.status, event.name) for event in events} == {
        ("same", "/news/summit.txt"),
        ("updated", "/news/fire.txt"),
        ("added", "/news/cave.txt"),
    }


def test_the_same_again_is_no_work(index: Index, encoder: HashingEncoder) -> None:
    """A second ingest of the same articles encodes nothing and changes nothing."""
    before, encoded = list(index.articles()), encoder.texts
    report = index.ingest(ARTICLES)
    assert (report.added, report.updated, report.same, report.passages) == (0, 0, 3, 0)
    assert (encoder.texts, list(index.articles())) == (encoded, before)


def test_a_moved_file_is_no_new_article(index: Index, encoder: HashingEncoder) -> None:
    """An unchanged article from another file keeps its passages and notes the new path."""
    encoded = encoder.texts
    report = index.ingest([replace(SUMMIT, path="/elsewhere/summit\udcff.txt")])
    assert (report.same, encoder.texts) == (1, encoded)
    assert index.article(SUMMIT.id).path == "/elsewhere/summit\udcff.txt"
    assert index.find("/elsewhere/summit\udcff.txt") == [SUMMIT.id]


def test_a_changed_article_keeps_its_earlier_version(index: Index, encoder: HashingEncoder) -> None:
    """New passages stand in for the old ones everywhere, and the earlier text stays on record."""
    changed = make_article("fire", "The spire fell.", title="Notre-Dame lost its spire", source="Evening Echo")
    old = [key for key, _ in index.search_words("towers", 5)]
    index.ingest([changed])
    assert index.article(FIRE.id) == changed
    assert [(title, text) for _, title, text in index.versions(FIRE.id)] == [(FIRE.title, FIRE.text)]
    assert index.passages(old) == []
    assert index.search_words("towers", 5) == []
    assert texts(index, index.search_words("spire", 5)) == ["The spire fell."]
    assert texts(index, index.search_vectors(encoder.encode_query("the spire fell"), 1)) == ["The spire fell."]
    assert index.check().sound


def test_removal(index: Index, encoder: HashingEncoder) -> None:
    """A removed article is gone from catalogue, words and vectors; unknown ids are no error."""
    events: list[IngestEvent] = []
    assert index.remove([FIRE.id, "unknown", FIRE.id], on_event=events.append) == 1
    assert events == [IngestEvent("removed", "/news/fire.txt", FIRE.id)]
    assert [summary.id for summary in index.articles()] == [SUMMIT.id, CAVE.id]
    assert index.search_words("cathedral", 5) == []
    everything = index.search_vectors(encoder.encode_query("the cathedral's roof burned"), 50)
    assert len(everything) == 3
    report = index.check()
    assert (report.articles, report.passages, report.vectors, report.words, report.faults) == (2, 3, 3, 3, ())
    with pytest.raises(ArticleError, match="newsqa articles"):
        index.article(FIRE.id)


def test_a_removed_article_can_come_back(index: Index) -> None:
    """Removing and ingesting again gives the same passages."""
    before = index.search_words("cathedral towers", 5)
    index.remove([FIRE.id])
    index.ingest([FIRE])
    assert [key for key, _ in index.search_words("cathedral towers", 5)] == [key for key, _ in before]
    assert index.check().sound


def test_of_two_articles_with_one_id_the_first_is_kept(tmp_path: Path, encoder: HashingEncoder) -> None:
    """The second is told to be a copy or refused, so that the same ingest again changes nothing."""
    copy = replace(SUMMIT, path="/news/copy.txt")
    rival = replace(SUMMIT, text="Something else.", content_hash="other", blocks=(), path="/news/rival.txt")
    with Index.open(tmp_path, encoder, ParagraphSplitter()) as index:
        for counts in ((1, 1), (0, 2)):
            report = index.ingest([SUMMIT, copy, rival])
            assert (report.added, report.same) == counts
            assert [event.name for event in report.failed] == ["/news/rival.txt"]
            assert "/news/summit.txt" in report.failed[0].reason
        assert index.article(SUMMIT.id) == SUMMIT


def test_invalid_unicode_fails_alone(tmp_path: Path, encoder: HashingEncoder) -> None:
    """An article that cannot be stored is reported, and the others go in."""
    broken = make_article("broken", "A lone surrogate: \ud800.")
    with Index.open(tmp_path, encoder, ParagraphSplitter()) as index:
        report = index.ingest([broken, SUMMIT])
        assert (report.added, [event.article_id for event in report.failed]) == (1, [broken.id])
        assert index.check().sound


def test_an_article_without_passages_is_listed(tmp_path: Path, encoder: HashingEncoder) -> None:
    """An article of headings alone is kept, though nothing can be quoted from it."""
    with Index.open(tmp_path, encoder, ParagraphSplitter()) as index:
        index.ingest([make_article("bare", "# Only a heading")])
        assert [summary.passages for summary in index.articles()] == [0]
        assert index.search_words("heading", 5) == []
        assert index.search_vectors(encoder.encode_query("heading"), 5) == []
        assert index.check().sound


def test_an_encoder_that_fails_changes_nothing(index: Index) -> None:
    """Vectors that are not numbers are refused before anything is written."""

    class Broken(HashingEncoder):
        def encode_passages(self, texts: object) -> np.ndarray:
            return np.full((1, 64), np.nan, dtype=np.float32)

    broken = Index.open(index._parts.home, Broken(), ParagraphSplitter())
    with broken, pytest.raises(ModelError, match="NEWSQA_ENCODER"):
        broken.ingest([make_article("new", "One new paragraph.")])
    assert len(list(index.articles())) == 3
    assert index.check().sound


@pytest.mark.parametrize(
    ("query", "best"),
    [
        ("Why did Kim meet Putin?", "Kim and Putin met in Vladivostok on Thursday."),
        ("sanctioned labourer", "The U.S. sanctions send thousands of labourers home."),
        ("guest worker", "The U.S. sanctions send thousands of labourers home."),
        ("US", "The U.S. sanctions send thousands of labourers home."),
        ("firefighter saves tower", "Firefighters saved both towers."),
    ],
)
def test_words_find_by_stem_title_and_heading(shared: Index, query: str, best: str) -> None:
    """Any form of a word finds it, in title, heading or text."""
    assert texts(shared, shared.search_words(query, 1)) == [best]


@pytest.mark.parametrize("query", ['AND OR NOT "', "title:(", "+-*/\\^~?[]{}", "\x00", "", "the of and", "🙂" * 9])
def test_hostile_queries_are_only_words(shared: Index, query: str) -> None:
    """No query syntax exists; what has no words finds nothing."""
    assert shared.search_words(query, 5) == []


def test_a_title_weighs_more_than_the_text(tmp_path: Path, encoder: HashingEncoder) -> None:
    """Of two passages with the same words the one that has them in the title comes first."""
    titled = make_article("a", "Nothing more was said about it that day.", title="Armoured train")
    other = make_article("b", "An armoured train was said to have come.", title="Elsewhere in brief")
    with Index.open(tmp_path, encoder, ParagraphSplitter()) as index:
        index.ingest([other, titled])
        hits = index.search_words("armoured train", 5)
        assert [passage.article_id for passage in index.passages([key for key, _ in hits])] == [
            titled.id,
            other.id,
        ]
        assert hits[0][1] > hits[1][1] > 0


def test_vectors_are_ranked_by_cosine(shared: Index, encoder: HashingEncoder) -> None:
    """The scores are cosines with what was embedded: title, heading and text."""
    query = encoder.encode_query("guest workers sent home by sanctions")
    hits = shared.search_vectors(query, 50)
    expected = {
        passage.id: float(encoder.encode_query(f"{passage.title} {passage.heading} {passage.text}") @ query)
        for article in ARTICLES
        for passage in ParagraphSplitter().split(article)
    }
    assert dict(hits) == pytest.approx(expected, abs=1e-5)
    assert [score for _, score in hits] == pytest.approx(sorted(expected.values(), reverse=True), abs=1e-5)


WHERE = [
    (Filter(since=date(2019, 4, 16)), {SUMMIT.id}),
    (Filter(since=date(2019, 4, 15)), {SUMMIT.id, FIRE.id}),
    (Filter(until=date(2019, 4, 24)), {FIRE.id}),
    (Filter(since=date(2019, 4, 15), until=date(2019, 4, 15)), {FIRE.id}),
    (Filter(since=date(2020, 1, 1)), set()),
    (Filter(sources=("Evening Echo",)), {FIRE.id, CAVE.id}),
    (Filter(sources=("evening echo", "THE COURIER")), {SUMMIT.id, FIRE.id, CAVE.id}),
    (Filter(sources=("Evening Echo",), since=date(2000, 1, 1)), {FIRE.id}),
    (Filter(sources=('"; DROP TABLE articles',)), set()),
    (Filter(authors=("Bo Lind",)), {SUMMIT.id, FIRE.id}),
    (Filter(authors=("jose GARCIA",)), {SUMMIT.id}),
    (Filter(authors=("Ana Ruiz", "José García")), {SUMMIT.id, FIRE.id}),
    (Filter(authors=("Bo Lind",), sources=("evening echo",)), {FIRE.id}),
    (Filter(authors=("Bo Lind",), since=date(2019, 4, 16)), {SUMMIT.id}),
    (Filter(authors=("Bo",)), set()),
    (Filter(authors=("...",)), set()),
]


@pytest.mark.parametrize("often", [0.0, 1.1], ids=["over-fetched", "named"])
@pytest.mark.parametrize(("where", "expected"), WHERE)
def test_filters(
    shared: Index,
    encoder: HashingEncoder,
    monkeypatch: pytest.MonkeyPatch,
    where: Filter,
    expected: set[str],
    often: float,
) -> None:
    """Days are inclusive, undated articles never pass one, names count in any case; all parts agree."""
    monkeypatch.setattr("newsqa.store._searching._OFTEN", often)
    words = shared.search_words("Kim cathedral firefighters sanctions cave", 50, where)
    vectors = shared.search_vectors(encoder.encode_query("met in the cave"), 50, where)
    for hits in (words, vectors):
        assert {passage.article_id for passage in shared.passages([key for key, _ in hits])} == expected
    assert {summary.id for summary in shared.articles(where)} == expected


@pytest.mark.parametrize("often", [0.0, 1.1], ids=["over-fetched", "named"])
@pytest.mark.parametrize("where", [Filter(), Filter(sources=("Evening Echo",)), Filter(until=date(2019, 4, 3))])
def test_chroma_finds_what_comparing_all_finds(
    tmp_path: Path, encoder: HashingEncoder, monkeypatch: pytest.MonkeyPatch, where: Filter, often: float
) -> None:
    """Cosine for cosine, also after changes, and whether a filter is held against hits or names passages."""
    monkeypatch.setattr("newsqa.store._searching._OFTEN", often)

    def article(i: int, text: str) -> Article:
        source = ("The Courier", "Evening Echo")[i % 5 == 0]
        return make_article(f"n{i}", text, source=source, published=date(2019, 4, 1) + timedelta(days=i % 9))

    articles = {i: article(i, f"Item {i} of {i * i} on {i % 7}.") for i in range(60)}
    with Index.open(tmp_path, encoder, ParagraphSplitter()) as index:
        index.ingest(articles.values())
        articles |= {i: article(i, f"Changed item {i}.") for i in range(20)}
        index.ingest(articles.values())
        index.remove([articles.pop(i).id for i in range(20, 30)])
        query = encoder.encode_query("Item 45 of 9 on 3")
        passages = [
            passage
            for one in articles.values()
            if where.admits(one.source, one.published, one.language, one.author)
            for passage in ParagraphSplitter().split(one)
        ]
        scores = {p.id: float(encoder.encode_query(f"{p.title} {p.text}") @ query) for p in passages}
        for k in (3, 200):
            hits = index.search_vectors(query, k, where)
            assert [score for _, score in hits] == pytest.approx(
                sorted(scores.values(), reverse=True)[:k], abs=1e-5
            )
            assert dict(hits) == pytest.approx({key: scores[key] for key, _ in hits}, abs=1e-5)


def test_article_counts(index: Index) -> None:
    """Words are counted by article, in any form, wherever they stand; stop words are in all."""
    index.ingest([make_article("aside", "Kim stayed away.", "# Reactions", title="Towers and Kim")])
    words = ["Kim", "tower", "reaction", "sanctions", "U.S.", "zebra", "the", "Kim Putin", ""]
    assert index.article_counts(words) == {
        "Kim": 2,
        "tower": 2,
        "reaction": 1,
        "sanctions": 1,
        "U.S.": 1,
        "zebra": 0,
        "the": 4,
        "Kim Putin": 1,
        "": 4,
    }
    index.remove([SUMMIT.id])
    assert index.article_counts(["Kim", "sanctions"]) == {"Kim": 1, "sanctions": 0}


@pytest.mark.parametrize(
    ("question", "terms"),
    [
        ("Why did Kim meet Putin?", ["kim", "meet", "putin"]),
        ("What did the WHO say?", ["who", "world", "health", "organiz"]),
        ("WHO DID KIM MEET?", ["kim", "meet"]),
        ("Who are they?", ["who"]),
        ("Kim’s 1,500 labourers in the U.N.", ["kim", "1500", "labour", "un", "unit", "nation"]),
        ("Pyöngyang Pyongyang", ["pyongyang"]),
        ("", []),
    ],
)
def test_query_terms(question: str, terms: list[str]) -> None:
    """A question is searched by the stems of what it is about."""
    assert analyse_query(question) == terms


@given(st.text())
def test_analysis_takes_any_text(text: str) -> None:
    """Any string is analysed, and a query never has a term twice."""
    terms = analyse_query(text)
    assert len(terms) == len(set(terms)) <= 64
    assert all(term for term in analyse(text))


@pytest.mark.parametrize("operation", ["search_words", "search_vectors", "article_counts", "check", "repair"])
@pytest.mark.parametrize("emptied", [False, True])
def test_nothing_ingested(tmp_path: Path, encoder: HashingEncoder, operation: str, emptied: bool) -> None:
    """Without articles a search says what to do; opening and listing make no files."""
    home = tmp_path / "home"
    arguments = {
        "search_words": ("Kim", 5),
        "search_vectors": (encoder.encode_query("Kim"), 5),
        "article_counts": (["Kim"],),
    }.get(operation, ())
    with Index.open(home, encoder, ParagraphSplitter()) as index:
        if emptied:
            index.ingest([SUMMIT])
            index.remove([SUMMIT.id])
        with pytest.raises(IndexMissingError, match="newsqa ingest PATH"):
            getattr(index, operation)(*arguments)
        assert (list(index.articles()), index.sources(), index.period(), len(index)) == ([], [], None, 0)
        assert index.remove(["unknown"]) == 0
    assert home.exists() == emptied


def test_an_empty_ingest_is_no_error(tmp_path: Path, encoder: HashingEncoder) -> None:
    """Ingesting nothing gives an empty report."""
    with Index.open(tmp_path, encoder, ParagraphSplitter()) as index:
        assert index.ingest([]).to_dict() == {
            "added": 0,
            "updated": 0,
            "same": 0,
            "removed": 0,
            "passages": 0,
            "failed": [],
            "article_ids": [],
            "interrupted": False,
            "notes": [],
        }


@pytest.mark.parametrize(
    ("changed", "splitter", "said"),
    [
        (HashingEncoder(name="other"), ParagraphSplitter(), "encoder was 'hashing', is now 'other'"),
        (HashingEncoder(dimension=32), ParagraphSplitter(), "dimension was 64, is now 32"),
        (HashingEncoder(), ParagraphSplitter("2"), "splitter was 'paragraphs-1', is now '2'"),
    ],
)
def test_mismatch_and_rebuild(
    index: Index, changed: HashingEncoder, splitter: ParagraphSplitter, said: str
) -> None:
    """Another encoder or splitter is refused with the command to rebuild, and the rebuild brings all over."""
    home = index._parts.home
    index.close()
    with pytest.raises(IndexMismatchError, match="newsqa repair --rebuild") as caught:
        Index.open(home, changed, splitter)
    assert said in str(caught.value)
    with Index.open(home, changed, splitter, rebuild=True) as other:
        for refused in (lambda: other.ingest([CAVE]), lambda: other.search_words("Kim", 1), other.repair):
            with pytest.raises(IndexMismatchError):
                refused()
        assert other.repair(rebuild=True).faults == ()
    with Index.open(home, changed, splitter) as other:
        assert [other.article(article.id) for article in ARTICLES] == ARTICLES
        hits = other.search_vectors(changed.encode_query(f"{CAVE.title} {CAVE.text}"), 1)
        assert hits[0][1] == pytest.approx(1.0, abs=1e-5)
        assert texts(other, hits) == [CAVE.text]
    with pytest.raises(IndexMismatchError):
        Index.open(home, HashingEncoder(), ParagraphSplitter())


def test_an_emptied_index_takes_another_encoder(index: Index) -> None:
    """Without articles there is nothing to rebuild, so another encoder just begins."""
    home = index._parts.home
    index.remove([article.id for article in ARTICLES])
    index.close()
    other = HashingEncoder(dimension=32, name="other")
    with Index.open(home, other, ParagraphSplitter()) as reopened:
        reopened.ingest([SUMMIT])
        assert len(reopened.search_vectors(other.encode_query("Kim"), 5)) == 2
        assert reopened.check().sound


def test_an_open_reader_sees_what_another_process_writes(index: Index, encoder: HashingEncoder) -> None:
    """The next search sees what was added, changed and removed, in words and vectors."""
    query = encoder.encode_query("a volcano erupted")
    assert index.search_words("volcano", 5) == []
    assert len(index.search_vectors(query, 50)) == 5
    in_another_process(
        f"index.ingest([make_article('new', 'A volcano erupted.')]); index.remove([{FIRE.id!r}])",
        index._parts.home,
    )
    assert texts(index, index.search_words("volcano", 5)) == ["A volcano erupted."]
    assert index.search_words("cathedral", 5) == []
    hits = index.search_vectors(query, 50)
    assert texts(index, hits[:1]) == ["A volcano erupted."]
    assert len(hits) == 4


def test_chroma_in_a_folder_needs_its_bindings_alone(index: Index) -> None:
    """Chroma answers and takes in vectors without its Python package, which takes most of a second to import."""
    printed = in_another_process(
        "index.search_words('Kim', 5); index.search_vectors(HashingEncoder().encode_query('Kim'), 5)\n"
        "index.article_counts(['Kim']); list(index.articles())\n"
        "index.ingest([make_article('new', 'A volcano erupted.')]); index.remove([make_article('new').id])\n"
        "print(sorted(m for m in sys.modules if m.split('.')[0] in ('chromadb', 'torch', 'onnxruntime')))",
        index._parts.home,
    )
    assert printed == "[]\n"


def test_threads_search_while_one_ingests(index: Index, encoder: HashingEncoder) -> None:
    """Searches in many threads give whole passages and no error while articles come in and go."""
    stop, errors, searches = threading.Event(), [], []

    def search() -> None:
        try:
            while not stop.is_set():
                for hits in (
                    index.search_words("Kim cathedral item", 20),
                    index.search_vectors(encoder.encode_query("Kim item"), 20),
                ):
                    assert len(hits) == len({key for key, _ in hits}) > 0
                    for passage in index.passages([key for key, _ in hits]):
                        article = index.article(passage.article_id)
                        assert passage.text in article.text or "item" in passage.text
                    searches.append(len(hits))
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=search) for _ in range(4)]
    for thread in threads:
        thread.start()
    try:
        for turn in range(4):
            index.ingest([make_article(f"n{i}", f"An item {i} in turn {turn}.") for i in range(30)])
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    assert errors == []
    assert len(searches) > 8
    assert index.check().sound


class WatchedEncoder(HashingEncoder):
    """Tells when it is asked for the second time, and then fails if it is to."""

    def __init__(self, fail: bool = False) -> None:
        super().__init__()
        self.second = threading.Event()
        self._calls, self._fail = 0, fail

    def encode_passages(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        """The vectors of the texts."""
        self._calls += 1
        if self._calls == 2:
            self.second.set()
            if self._fail:
                raise ModelError("The encoder is gone.")
        return super().encode_passages(texts)


def test_a_batch_is_written_while_the_next_is_encoded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second batch is being encoded when the first is told to be safe; events keep the order of articles."""
    monkeypatch.setattr("newsqa.store._ingesting.BATCH", 3)
    encoder, overlapped, told = WatchedEncoder(), [], []

    def on_event(event: IngestEvent) -> None:
        overlapped.append(encoder.second.wait(20))
        told.append(event.article_id)
        assert index.article(event.article_id).text

    articles = [make_article(f"n{i}", f"Item {i}.") for i in range(8)]
    with Index.open(tmp_path / "home", encoder, ParagraphSplitter()) as index:
        assert index.ingest(articles, on_event=on_event).added == 8
        assert index.check().sound
    assert all(overlapped)
    assert told == [article.id for article in articles]


def test_an_encoder_that_fails_on_the_way(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was encoded before an encoder fails is written and told; the rest comes with the next ingest."""
    monkeypatch.setattr("newsqa.store._ingesting.BATCH", 3)
    told: list[IngestEvent] = []
    articles = [make_article(f"n{i}", f"Item {i}.") for i in range(8)]
    with Index.open(tmp_path / "home", WatchedEncoder(fail=True), ParagraphSplitter()) as index:
        with pytest.raises(ModelError, match="gone"):
            index.ingest(articles, on_event=told.append)
        assert (len(told), len(index)) == (3, 3)
        assert index.ingest(articles).added == 5
        assert index.check().sound


def test_the_graph_is_made_anew_once_most_of_it_is_dead(
    index: Index, encoder: HashingEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Chroma's graph does not grow for ever with articles that change again; nothing is encoded for it."""
    monkeypatch.setattr("newsqa.store._upkeep._SPARE", 20)
    with Index.open(index._parts.home, encoder, ParagraphSplitter()) as reader:
        encoded = encoder.texts
        for turn in range(12):
            index.ingest([make_article("live", f"Minute {turn}.", f"The score is {turn}.", "Still playing.")])
            hits = reader.search_vectors(encoder.encode_query(f"live Minute {turn}."), 1)
            assert texts(reader, hits) == [f"Minute {turn}."]
    assert encoder.texts == encoded + 36
    (folder,) = index._parts.home.glob("chroma*")
    assert folder.name.startswith("chroma-")
    assert len(index.versions(make_article("live").id)) == 11
    assert index.check().faults == ()


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.text(st.characters(codec="utf-8"), min_size=1).filter(str.strip), min_size=1, max_size=4))
def test_odd_unicode_round_trips(index: Index, paragraphs: list[str]) -> None:
    """Whatever characters an article has, NUL included, it and its passages come back exactly."""
    article = make_article("odd", *(paragraph.replace("# ", "") for paragraph in paragraphs))
    index.ingest([article])
    assert index.article(article.id) == article
    expected = ParagraphSplitter().split(article)
    assert index.passages([passage.id for passage in expected]) == expected


def test_the_real_splitter(tmp_path: Path, encoder: HashingEncoder) -> None:
    """Passages of whole sentences from the real splitter go in and come out."""
    article = make_article("long", *(f"Sentence {i} is here. It is about {i * 3}." for i in range(200)))
    with Index.open(tmp_path, encoder, SentenceSplitter()) as index:
        index.ingest([article])
        expected = SentenceSplitter().split(article)
        assert len(expected) > 5
        assert index.passages([passage.id for passage in expected]) == expected
        assert index.check().sound


def many(count: int) -> list[Article]:
    """Articles over a span of days, from three sources."""
    return [
        make_article(
            f"m{i}",
            *(f"Report {i} part {j} on subject {i * j % 97}." for j in range(3)),
            source=f"Source {i % 3}",
            published=date(2019, 1, 1) + timedelta(days=i % 300),
        )
        for i in range(count)
    ]


def test_many_batches(tmp_path: Path, encoder: HashingEncoder) -> None:
    """More articles than a batch holds go in whole, and each passage is the nearest to itself."""
    articles = many(200)
    with Index.open(tmp_path, encoder, ParagraphSplitter()) as index:
        assert index.ingest(iter(articles)).passages == 600
        report = index.check()
        assert (report.articles, report.passages, report.vectors, report.words) == (200, 600, 600, 600)
        assert report.faults == ()
        for article in articles[::17]:
            for passage in ParagraphSplitter().split(article):
                vector = encoder.encode_query(f"{passage.title} {passage.text}")
                assert index.search_vectors(vector, 1)[0][0] == passage.id


def everything(index: Index) -> dict[str, tuple[object, ...]]:
    """All that an index knows of each article, what its words find included."""
    return {
        one.id: (
            index.article(one.id),
            index.article(one.id).ingested,
            index.versions(one.id),
            index.order([one.id]),
            [key for key, _ in index.search_words(one.title, 1)],
        )
        for one in index.articles()
    }


def test_a_removal_is_undone(index: Index, encoder: HashingEncoder) -> None:
    """The same article is there again, with its earlier versions, and is found by words and vectors."""
    index.ingest(
        [make_article("fire", "The spire fell.", title="Notre-Dame lost its spire", source="Evening Echo")]
    )
    before = everything(index)
    index.remove([FIRE.id, SUMMIT.id], record=index.changes.begin("Two"))
    assert [one.id for one in index.articles()] == [CAVE.id]
    (change,) = index.changes.all()
    assert (change.name, change.added, change.updated, change.removed) == ("Two", 0, 0, 2)
    assert index.undo(change.id) == 2
    assert everything(index) == before
    assert texts(index, index.search_vectors(encoder.encode_query("the spire fell"), 1)) == ["The spire fell."]
    assert index.check().sound
    assert index.changes.all() == []
    with pytest.raises(ArticleError, match="any more"):
        index.undo(change.id)


def test_an_ingest_is_undone(index: Index) -> None:
    """What it added goes, what it changed is as it was, and what has changed again since stays."""
    before = everything(index)
    new = make_article("new", "A new report.")
    later = make_article("later", "Another report.")
    changed = make_article("fire", "The spire fell.", title="Notre-Dame lost its spire", source="Evening Echo")
    report = index.ingest([new, changed, later, CAVE], record=index.changes.begin("Three"))
    assert (report.added, report.updated, report.same) == (2, 1, 1)
    newest = replace(later, text="Changed once more.", content_hash="x", blocks=())
    index.ingest([newest])
    (change,) = index.changes.all()
    assert (change.added, change.updated, change.removed) == (2, 1, 0)
    assert index.undo(change.id) == 2
    after = everything(index)
    assert after.pop(newest.id)[0] == newest
    assert after == before
    assert index.check().sound


@pytest.mark.parametrize("change_id", ["", "../../x", "20260101T000000-00000000"])
def test_no_other_file_is_taken_for_a_change(index: Index, change_id: str) -> None:
    """Only the name of a change that is kept; nothing happens otherwise."""
    with pytest.raises(ArticleError, match="Nothing was changed"):
        index.undo(change_id)


def test_the_oldest_changes_are_forgotten(index: Index) -> None:
    """So many are kept, newest first, with their files; one that does nothing leaves none."""
    for number in range(KEPT_CHANGES + 2):
        index.changes.begin("Nothing")
        article = make_article("new", f"Report {number}.")
        index.ingest([article], record=index.changes.begin(f"{number}"))
    newest_first = [f"{number}" for number in range(KEPT_CHANGES + 1, 1, -1)]
    assert [change.name for change in index.changes.all()] == newest_first
    folder = index._parts.home / "changes"
    assert len(list(folder.iterdir())) == 2 * KEPT_CHANGES
    assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o600}


def test_what_a_kill_left_of_an_old_change_is_forgotten(index: Index) -> None:
    """The texts of a change whose head was never written, and a head half written, do not stay for ever."""
    folder = index._parts.home / "changes"
    folder.mkdir(exist_ok=True)
    left = [folder / f"20200101T000000-00000000{suffix}" for suffix in (".jsonl", ".json.1a2b3c4d")]
    for path in left:
        path.write_text("{}")
    index.changes.begin("Something")
    assert not any(path.exists() for path in left)


@pytest.mark.parametrize(
    ("words", "found", "whole"),
    [
        ("", [SUMMIT, FIRE, CAVE], True),
        ("towers saved", [FIRE], True),
        ("SUMMIT Vladivostok", [SUMMIT], True),  # one word in the title, one in the text
        ("burned labourers", [FIRE, SUMMIT], False),
        ("evening echo", [FIRE, CAVE], True),
        ("lind", [SUMMIT, FIRE], True),
        ("boys lind", [CAVE], False),
        ("dinosaur", [], True),
        ("<script> \" AND ' --", [], True),
    ],
)
def test_articles_are_found_by_words(shared: Index, words: str, found: list[Article], whole: bool) -> None:
    """All words in a passage and its title; some where none has all; or in the name of a source or author."""
    page = shared.find_articles(words)
    assert ({one.id for one in page.articles}, page.total) == ({one.id for one in found}, len(found))
    assert page.whole is whole or not found
    assert all(passage.article_id == key for key, passage in page.passages.items())


@pytest.mark.parametrize(
    ("order", "ids"),
    [
        ("", [SUMMIT, FIRE, CAVE]),
        ("published", [FIRE, SUMMIT, CAVE]),
        ("title", [CAVE, SUMMIT, FIRE]),
        ("title, descending", [FIRE, SUMMIT, CAVE]),
        ("source", [FIRE, CAVE, SUMMIT]),
        ("words, descending", [SUMMIT, FIRE, CAVE]),
    ],
)
def test_found_articles_are_sorted_and_paged(shared: Index, order: str, ids: list[Article]) -> None:
    """In the order asked for, with words or without, a page at a time."""
    assert [one.id for one in shared.find_articles("", order=order).articles] == [one.id for one in ids]
    for words in ("", "kim cathedral boys"):
        pages = [shared.find_articles(words, order=order, limit=1, offset=n) for n in range(4)]
        assert [one.id for page in pages for one in page.articles if words == "" or order] == (
            [one.id for one in ids] if words == "" or order else []
        )
        assert {page.total for page in pages} == {3}

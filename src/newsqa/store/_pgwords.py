"""The words in PostgreSQL: its full-text index finds the passages, and BM25 as tantivy counts it ranks them.

A `tsvector` has a passage's stems. Where PostgreSQL keeps positions, ours has counts: how often a stem stands in
its title (weight A), in its text (weight B, from 4,096 on), or that the rest of the article has it (weight C).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from functools import partial
from typing import Any

from newsqa.errors import IndexDamagedError
from newsqa.store._pgranking import build_conditions, match_terms, quote, read_terms, read_totals, score_passages
from newsqa.store._words import WordRow
from newsqa.store.analysis import analyse, analyse_query
from newsqa.store.postgres import Database, Session
from newsqa.types import Filter

_TEXT, _REST = 4096, 8192
_LOOKED_AT = 2000  # passages that are scored at first, at least; more where the best are not sure to be among them
_PER_HIT = 40  # and for each hit that is wanted


class PostgresWords:
    """The index of words in a database; one writer, any number of readers on any machine."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def search(
        self,
        query: str,
        k: int,
        where: Filter,
        generation: int,  # noqa: ARG002
        among: Sequence[str] | None = None,
        *,
        every: bool = False,
    ) -> list[tuple[str, float]]:
        """The passage ids whose title or text has words of the query, with their BM25 score, best first.

        Of those `among`, if given; with `every`, those that have all of its words. Of the filter, authors are not
        looked at.
        Rare words first: once the best `k` of the passages that have them score more than all other words of the
        query together could, there is nothing better to be found.
        """
        stems = list(dict.fromkeys(analyse(query))) if every else analyse_query(query)
        if not stems or k < 1:
            return []
        with self._database.session() as session:
            passages, *lengths = read_totals(session)
            terms = sorted(read_terms(session, stems, passages), key=lambda term: -term.most)
            score = partial(
                score_passages, session, terms, lengths=lengths, conditions=build_conditions(where, among), k=k
            )
            if every:
                return score(match_terms(terms, " & ")) if len(terms) == len(stems) else []
            taken, found, enough = 0, 0, max(_LOOKED_AT, _PER_HIT * k)
            hits: list[tuple[str, float]] = []
            while taken < len(terms):
                while taken < len(terms) and (not taken or found < enough):
                    found += terms[taken].found
                    taken += 1
                hits = score(match_terms(terms[:taken], " | "))
                if len(hits) == k and hits[-1][1] >= sum(term.most for term in terms[taken:]):
                    break
                enough *= 8
            return hits

    def article_counts(self, words: Sequence[str], generation: int, total: int) -> dict[str, int]:  # noqa: ARG002
        """In how many of all `total` articles each word occurs in any form; a stop word counts as in all."""
        counts = {word: list(dict.fromkeys(analyse(word))) for word in dict.fromkeys(words)}
        with self._database.session() as session:
            stems = sorted({terms[0] for terms in counts.values() if len(terms) == 1})
            known = dict(
                session.execute("SELECT term, articles FROM terms WHERE term = ANY(?)", (stems,)).fetchall()
            )
            return {
                word: known.get(terms[0], 0)
                if len(terms) == 1
                else _count_with_all(session, terms)
                if terms
                else total
                for word, terms in counts.items()
            }

    def ids(self) -> list[str]:
        """The ids of all indexed passages."""
        with self._database.session() as session:
            return [row[0] for row in session.execute("SELECT id FROM words").fetchall()]

    def expect(self, count: int) -> None:
        """Raises `IndexDamagedError` if there are fewer passages than `count`."""
        with self._database.session() as session:
            held = read_totals(session)[0]
        if held < count:
            raise IndexDamagedError(
                f"{count - held} of {count} passages are missing from the words in {self._database}. Run "
                "`newsqa repair` to make them anew from the catalogue; no article is lost."
            )

    def write(self, delete: Iterable[str], add: Iterable[WordRow]) -> None:
        """Drops passages, adds passages (in place of any of the same id), and commits both at once."""
        rows = {row.id: row for row in add}
        gone = list({*delete, *rows})
        if not gone:
            return
        with self._database.session() as session:
            session.execute("BEGIN")
            found = session.execute("SELECT DISTINCT article FROM words WHERE id = ANY(?)", (gone,)).fetchall()
            articles = sorted({row[0] for row in found} | {row.article_id for row in rows.values()})
            if found:
                _count(session, articles, -1)
                session.execute("DELETE FROM words WHERE id = ANY(?)", (gone,))
            session.copy("COPY words FROM STDIN", map(_record, rows.values()))
            _count(session, articles, 1)
            session.execute("COMMIT")

    def finish(self) -> None:
        """Nothing is left open between writes."""

    def wipe(self) -> None:
        """Deletes all words."""
        with self._database.session() as session:
            session.execute("BEGIN")
            session.execute("TRUNCATE words, terms")
            session.execute("UPDATE word_totals SET passages = 0, title_tokens = 0, text_tokens = 0")
            session.execute("COMMIT")

    def close(self) -> None:
        """Nothing to let go of: the catalogue closes the database."""


def _count_with_all(session: Session, terms: Sequence[str]) -> int:
    """In how many articles a passage has all of these stems."""
    query = " & ".join(map(quote, terms))
    sql = "SELECT count(DISTINCT article) FROM words WHERE lexemes @@ ?::tsquery"
    return int(session.execute(sql, (query,)).fetchone()[0])


def _count(session: Session, articles: Sequence[str], sign: int) -> None:
    """Adds these articles, as they stand in the words, to what is known of the terms; or takes them away."""
    session.execute(_COUNTED, (sign, sign, sign, articles))
    session.execute(_TOTALLED, (sign, sign, sign, articles))


_COUNTED = """
INSERT INTO terms AS t (term, titles, texts, articles)
SELECT u.term, ? * count(*) FILTER (WHERE 'A' = ANY(u.weights)), ? * count(*) FILTER (WHERE 'B' = ANY(u.weights)),
    ? * count(DISTINCT w.article)
FROM words w CROSS JOIN LATERAL unnest(w.lexemes) AS u (term, positions, weights)
WHERE w.article = ANY(?) GROUP BY u.term
ON CONFLICT (term) DO UPDATE SET titles = t.titles + excluded.titles, texts = t.texts + excluded.texts,
    articles = t.articles + excluded.articles
"""
_TOTALLED = """
UPDATE word_totals t SET passages = t.passages + ? * n.passages, title_tokens = t.title_tokens + ? * n.title,
    text_tokens = t.text_tokens + ? * n.text
FROM (
    SELECT count(*) AS passages, coalesce(sum(title_tokens), 0) AS title, coalesce(sum(text_tokens), 0) AS text
    FROM words WHERE article = ANY(?)
) n
"""


def _record(row: WordRow) -> tuple[Any, ...]:
    """A row of the table of words."""
    title, text, rest = analyse(row.title), analyse(row.text), set(analyse(row.rest))
    marks: dict[str, list[str]] = {}
    for stem, count in Counter(title).items():
        marks.setdefault(stem, []).append(f"{min(count, _TEXT - 1)}A")
    for stem, count in Counter(text).items():
        marks.setdefault(stem, []).append(f"{_TEXT + min(count, _TEXT - 1)}B")
    for stem in rest:
        marks.setdefault(stem, []).append(f"{_REST}C")
    return (
        row.id,
        row.article_id,
        row.source,
        row.language,
        row.published.toordinal() if row.published else None,
        len(title),
        len(text),
        coarsen(len(title)),
        coarsen(len(text)),
        " ".join(f"{quote(stem)}:{','.join(places)}" for stem, places in marks.items()),
    )


def coarsen(length: int) -> int:
    """A length as tantivy keeps it in one byte: exact up to 39, then in ever larger steps, rounded down."""
    over = length - 24
    shift = max(0, over.bit_length() - 4) if over > 0 else 0
    return length if over <= 0 else 24 + (over >> shift << shift)

"""BM25 in PostgreSQL, as tantivy counts it: what the stems of a query weigh, and what passages score with them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from newsqa.store._words import TITLE_BOOST
from newsqa.store.postgres import Session
from newsqa.types import Filter

_K1, _B = 1.2, 0.75


@dataclass(frozen=True, slots=True)
class Term:
    """A stem of a query: in how many passages it stands, and the most that title and text can score with it."""

    text: str
    found: int
    title: float
    body: float

    @property
    def most(self) -> float:
        """The most that a passage can score with it."""
        return self.title + self.body


def read_totals(session: Session) -> tuple[int, float, float]:
    """How many passages there are, and the mean length of title and text in stems."""
    passages, title, text = session.execute(
        "SELECT passages, title_tokens, text_tokens FROM word_totals"
    ).fetchone()
    return passages, max(title, 1) / max(passages, 1), max(text, 1) / max(passages, 1)


def read_terms(session: Session, stems: Sequence[str], passages: int) -> list[Term]:
    """The stems that any title or text has, with what they weigh."""
    rows = session.execute(
        "SELECT term, titles, texts FROM terms WHERE term = ANY(?) AND titles + texts > 0", (list(stems),)
    )
    return [
        Term(
            term,
            titles + texts,
            TITLE_BOOST * _weight(passages, titles) if titles else 0.0,
            _weight(passages, texts) if texts else 0.0,
        )
        for term, titles, texts in rows.fetchall()
    ]


def _weight(passages: int, having: int) -> float:
    return (_K1 + 1.0) * math.log(1.0 + (passages - having + 0.5) / (having + 0.5))


def match_terms(terms: Sequence[Term], joined: str) -> str:
    """The `tsquery` of passages with any of the terms in title or text; `joined` by &, with all of them."""
    return joined.join(f"{quote(term.text)}:AB" for term in terms)


def score_passages(
    session: Session,
    terms: Sequence[Term],
    matching: str,
    *,
    lengths: Sequence[float],
    conditions: tuple[str, list[object]],
    k: int,
) -> list[tuple[str, float]]:
    """The best `k` of the `matching` passages, scored by all terms; `lengths`: the mean ones of title and text."""
    (title, text), (fits, values) = lengths, conditions
    rows = session.execute(
        _SCORED.replace("{conditions}", fits),
        [
            [term.text for term in terms],
            [term.title for term in terms],
            [term.body for term in terms],
            _K1 * (1.0 - _B),
            _K1 * _B / title,
            _K1 * (1.0 - _B),
            _K1 * _B / text,
            matching,
            *values,
            k,
        ],
    )
    return [(key, float(score)) for key, score in rows.fetchall()]


_SCORED = """
WITH query AS (
    SELECT * FROM unnest(?::text[], ?::float8[], ?::float8[]) AS q (term, title, body)
)
SELECT w.id, round(sum(
    CASE WHEN p.at < 4096 THEN q.title * p.at / (p.at + ? + ? * w.title_norm)
    ELSE q.body * (p.at - 4096) / (p.at - 4096 + ? + ? * w.text_norm) END
)::numeric, 4) AS score
FROM words w
CROSS JOIN LATERAL unnest(w.lexemes) AS u (term, positions, weights)
JOIN query q ON q.term = u.term
CROSS JOIN LATERAL unnest(u.positions) AS p (at)
WHERE w.lexemes @@ ?::tsquery AND p.at < 8192{conditions}
GROUP BY w.id ORDER BY score DESC, w.id LIMIT ?
"""


def build_conditions(where: Filter, among: Sequence[str] | None) -> tuple[str, list[object]]:
    """The filter as further conditions on passages `w`, with their values; authors are not looked at."""
    parts = (
        (" AND w.published >= ?", where.since.toordinal() if where.since else None),
        (" AND w.published <= ?", where.until.toordinal() if where.until else None),
        (" AND w.language = ANY(?)", list(where.languages) or None),
        (" AND w.source = ANY(?)", list(where.sources) or None),
        (" AND w.id = ANY(?)", list(among) if among is not None else None),
    )
    asked = [(sql, value) for sql, value in parts if value is not None]
    return "".join(sql for sql, _ in asked), [value for _, value in asked]


def quote(stem: str) -> str:
    """A stem as a `tsquery` or a `tsvector` writes it."""
    return "'" + stem.replace("\\", "\\\\").replace("'", "''") + "'"

"""The evidence as safe HTML: cards of cited passages, the closest articles, an article with marks."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from newsqa.interfaces.render.prose import one_per_article
from newsqa.interfaces.render.rows import Rows, rows_at
from newsqa.interfaces.render.safe import also_in, author_words, claimed_words, escape, safe_url
from newsqa.text.particulars import overlap, twin
from newsqa.text.sentences import sentence_spans
from newsqa.text.stems import find_words
from newsqa.types import Article, Block, Citation, Passage, ScoredPassage, Span, day_words

_MARKED = "passage-mark"
_ALIKE = 0.5
"""The share of words that a sentence has in common with a quote which it may stand for, at least."""


@dataclass(frozen=True, slots=True)
class Way:
    """The way to an article: to a passage, quote or words in it if given; `label` says it to who cannot see."""

    article_id: str
    passage: Passage | None = None
    quote: Span | None = None
    find: str = ""
    label: str = ""

    @property
    def aria(self) -> str:
        """The label as an attribute."""
        return f' aria-label="{escape(self.label)}"' if self.label else ""


Opener = Callable[[Way, str], str]
"""Makes a way to an article into HTML, as `open_button` does."""


def open_button(way: Way, label_html: str) -> str:
    """A button that opens an article; `label_html` is HTML already."""
    places = [("passage", Span(way.passage.start, way.passage.end) if way.passage else None), ("quote", way.quote)]
    data = "".join(f' data-{name}="{span.start}-{span.end}"' for name, span in places if span)
    data += f' data-find="{escape(way.find)}"' if way.find else ""
    attributes = f'class="nq-open" data-open="{escape(way.article_id)}"{data}{way.aria}'
    return f'<button type="button" {attributes}>{label_html}</button>'


def cards_html(
    citations: Sequence[Citation],
    prefix: str = "",
    opener: Opener = open_button,
    notes: Mapping[int, str] | None = None,
) -> str:
    """The evidence: one card per citation, with the quote marked among the sentences around it.

    `notes` are words about a citation's article, by the citation's number.
    """
    cards = "".join(_card(one, prefix, opener, (notes or {}).get(one.number, "")) for one in citations)
    return f'<ol class="nq-cards">{cards}</ol>' if cards else ""


def related_html(related: Sequence[ScoredPassage], question: str, opener: Opener = open_button) -> str:
    """The closest articles of an abstention, one entry each, each with the sentence nearest to what was asked."""
    entries = "".join(_write_related(hit.passage, question, opener) for hit in one_per_article(related))
    return f'<ul class="nq-relateds">{entries}</ul>' if entries else ""


def find_quote(text: str, quote: str) -> Span | None:
    """Where a quote stands in a text, whatever white space is between its words, else nearly the same sentences.

    Of several that do not follow each other there, the first; None if there is none.
    """
    words = quote.split()
    if not words:
        return None
    found = re.search(r"\s+".join(map(re.escape, words)), text)
    if found:
        return Span(*found.span())
    sentences = sentence_spans(text)
    numbers = {span.of(text): number for number, span in enumerate(sentences)}
    told = [_find_alike(part.of(quote), numbers) for part in sentence_spans(quote)]
    places = [place for place in told if place is not None]
    if not places:
        return None
    last = places[-1] if told == list(range(places[0], places[0] + len(told))) else places[0]
    return Span(sentences[places[0]].start, sentences[last].end)


def _find_alike(sentence: str, numbers: Mapping[str, int]) -> int | None:
    """The number of the sentence of a text that says nearly the same."""
    return numbers.get(twin(sentence, [other for other in numbers if overlap(sentence, other) >= _ALIKE]) or "")


def article_html(
    article: Article, passage: Span | None = None, quote: Span | None = None, others: Sequence[Span] = ()
) -> str:
    """The article with the passage and the quotes in it marked; `#passage-mark` is where to scroll to.

    `others` are further quotes from it.
    """
    blocks = article.blocks or tuple(_paragraphs(article.text))
    anchor = quote or passage
    quotes = (*filter(None, (quote,)), *others)
    body: list[str] = []
    shown = 0
    for index, block in enumerate(blocks):
        if index < shown:
            continue
        table = rows_at(article.text, blocks, index)
        if table is not None:
            rows, anchor = _table(article.text, table, passage, quotes, anchor)
            body.append(rows)
            shown = index + len(table.rows)
            continue
        tag, kind = ("h3", "heading") if block.kind == "heading" else ("p", block.kind)
        inner, anchor = _marked_block(article.text, block.span, passage, quotes, anchor)
        body.append(f'<{tag} class="nq-{kind}" dir="auto">{inner}</{tag}>')
    url = safe_url(article.url)
    link = f'<p class="nq-original">{_link(url, "Read the original", claimed=article.claimed)}</p>' if url else ""
    dateline = _dateline(article.source, article.author, article.published, _find_update(article))
    return (
        f'<p class="nq-kicker">{dateline}</p>'
        f'<h2 id="reader-title" dir="auto">{escape(article.title) or "Untitled"}</h2>'
        f"{''.join(body)}{link}"
    )


def _table(
    text: str, table: Rows, passage: Span | None, quotes: Sequence[Span], anchor: Span | None
) -> tuple[str, Span | None]:
    """A table's HTML with the row that is quoted marked, and the anchor if it is still to be set."""
    heads = "".join(f'<th scope="col" dir="auto">{escape(head)}</th>' for head in table.heads)
    rows: list[str] = []
    for row in table.rows:
        label, anchor = _marked_block(text, row.label, passage, quotes, anchor)
        cells = [f'<th scope="row" dir="auto">{label}</th>']
        for head in table.heads:
            cell = ""
            if head in row.cells:
                cell, anchor = _marked_block(text, row.cells[head], passage, quotes, anchor)
            cells.append(f'<td dir="auto">{cell}</td>')
        quoted = any(one.start < row.span.end and row.span.start < one.end for one in quotes)
        mark = ' class="nq-quoted"' if quoted else ""
        rows.append(f"<tr{mark}>{''.join(cells)}</tr>")
    head = f"<thead><tr><td></td>{heads}</tr></thead>"
    return f'<div class="nq-rows"><table>{head}<tbody>{"".join(rows)}</tbody></table></div>', anchor


def nearest_sentence(passage: Passage, query: str) -> str:
    """The sentence of a passage with most words of a query."""
    sentences = [passage.quote(span) for span in passage.sentences] or [passage.text]
    return max(sentences, key=lambda text: len(find_words(text, query)))


def _write_related(passage: Passage, question: str, opener: Opener) -> str:
    """One of the closest articles as a list item: its title, and the sentence with most words of the question."""
    dateline = _dateline(passage.source, passage.author, passage.published)
    title = opener(Way(passage.article_id, passage), escape(passage.title) or "Untitled")
    said = f'<p class="nq-nearest" dir="auto">{escape(" ".join(nearest_sentence(passage, question).split()))}</p>'
    return f'<li class="nq-related"><p class="nq-kicker">{dateline}</p>{title}{said}</li>'


def _card(citation: Citation, prefix: str, opener: Opener, note: str) -> str:
    """One citation as a list item with the anchor that its `[n]` links to."""
    passage, quote = citation.passage, Span(citation.start, citation.end)
    title = escape(passage.title) or "Untitled"
    way = Way(passage.article_id, passage, quote, label=f"Read the article: {passage.title}")
    url = safe_url(passage.url)
    original = _link(url, "Original", claimed=passage.claimed) if url else ""
    told = f'<p class="nq-since">{escape(note)}</p>' if note else ""
    return (
        f'<li class="nq-card" id="{escape(prefix)}src-{citation.number}" tabindex="-1">'
        f'<p class="nq-kicker"><span class="nq-number">{citation.number}</span>'
        f"{_dateline(passage.source, passage.author, passage.published, passage.updated)}</p>"
        f'<h3 dir="auto">{title}</h3><blockquote dir="auto">{_in_context(citation)}</blockquote>'
        f"{told}{_also(citation, opener)}{_otherwise(citation, opener)}"
        f'<p class="nq-actions">{opener(way, "Read the article")}{original}</p></li>'
    )


def _in_context(citation: Citation) -> str:
    """The quote marked in its passage, with one sentence before and after it where the passage is longer."""
    passage = citation.passage
    before = [span for span in passage.sentences if span.end <= citation.start]
    after = [span for span in passage.sentences if span.start >= citation.end]
    first = before[-1].start if before else passage.start
    last = after[0].end if after else passage.end
    head, tail = (
        passage.text[a - passage.start : b - passage.start]
        for a, b in ((first, citation.start), (citation.end, last))
    )
    opening, closing = "… " * (first > passage.start), " …" * (last < passage.end)
    return f"{opening}{escape(head)}<mark>{escape(citation.quote)}</mark>{escape(tail)}{closing}"


def _marked_block(
    text: str, block: Span, passage: Span | None, quotes: Sequence[Span], anchor: Span | None
) -> tuple[str, Span | None]:
    """A block's HTML with its parts of passage and quote marked, and the anchor if it is still to be set."""
    marks = [*(("quote", one) for one in quotes), *((("passage", passage),) if passage else ())]
    cuts = {block.start, block.end, *(edge for _, span in marks for edge in (span.start, span.end))}
    edges = sorted(edge for edge in cuts if block.start <= edge <= block.end)
    parts: list[str] = []
    for start, end in pairwise(edges):
        piece = escape(text[start:end])
        kind = next((kind for kind, span in marks if span.start <= start and end <= span.end), "")
        if kind and piece.strip():
            here = anchor is not None and anchor.start <= start and end <= anchor.end
            mark_id, anchor = (f' id="{_MARKED}"', None) if here else ("", anchor)
            piece = f'<mark class="nq-in-{kind}"{mark_id}>{piece}</mark>'
        parts.append(piece)
    return "".join(parts), anchor


def _paragraphs(text: str) -> Iterator[Block]:
    """The text's paragraphs, for an article that was read without blocks."""
    start, end, position = -1, 0, 0
    for line in [*text.splitlines(keepends=True), ""]:
        if line.strip():
            start = position if start < 0 else start
            end = position + len(line.rstrip())
        elif start >= 0:
            yield Block(Span(start, end), "paragraph")
            start = -1
        position += len(line)


def _find_update(article: Article) -> date | None:
    """The day of a change that the article states, if it is not that of its publication."""
    return article.updated if article.updated != article.published else None


def _also(citation: Citation, opener: Opener) -> str:
    """Where else the quote stands, as buttons that open these articles."""
    if not citation.also:
        return ""
    places = [(copy, also_in((copy,))) for copy in citation.also]
    found = [
        opener(Way(copy.article_id, find=citation.quote, label=f"{place}: {copy.title}"), escape(place))
        for copy, place in places
        if place
    ]
    return f'<p class="nq-kicker nq-also" dir="auto">Also in: {" ".join(found)}</p>' if found else ""


def _otherwise(citation: Citation, opener: Opener) -> str:
    """What stands in copies in place of the quote, each with a button that opens its article."""
    places = [(one, escape(also_in((one.copy,)) or "Read")) for one in citation.otherwise]
    found = [
        f"{opener(Way(one.copy.article_id, find=one.quote), place)} <q>{escape(one.quote)}</q>"
        for one, place in places
    ]
    return f'<p class="nq-kicker nq-also" dir="auto">A copy says otherwise: {" ".join(found)}</p>' if found else ""


def _dateline(source: str, author: str, published: date | None, updated: date | None = None) -> str:
    """Source, author and day as HTML, and the day of a later change."""
    changed = f'updated <time datetime="{updated.isoformat()}">{day_words(updated)}</time>' if updated else ""
    day = f'<time datetime="{published.isoformat()}">{day_words(published)}</time>' if published else ""
    name = f'<span class="nq-source">{escape(source)}</span>' if source else ""
    by = f'<span class="nq-author">{escape(author_words(author))}</span>' if author else ""
    return ' <span aria-hidden="true">·</span> '.join(part for part in (name, by, day, changed) if part)


def _link(url: str, label: str, *, claimed: bool) -> str:
    """A link that leaves the page, for a URL that `safe_url` let through, and whether that is only claimed."""
    label = escape(label + claimed_words(claimed))
    told = ' title="The address that the text gives; it was not read from there."' if claimed else ""
    return f'<a href="{escape(url)}"{told} target="_blank" rel="noopener noreferrer nofollow">{label}</a>'

"""The HTML around a conversation: masthead, front page, notices, kept conversations, uploads, article view."""

from __future__ import annotations

import html
from collections.abc import Sequence
from datetime import date

from newsqa.errors import IndexMissingError
from newsqa.interfaces.access.responses import describe_publicly
from newsqa.interfaces.page.exchange import Remembered
from newsqa.interfaces.page.uploads import Underway, Uploaded
from newsqa.interfaces.render import Way, count, day_words, escape, open_button
from newsqa.types import ArticleSummary

KEYS = {
    "/": "Write a question",
    "Enter": "Ask it",
    "Esc": "Close an article, a preview, this list",
    "← →": "From mark to mark in an article, and from tab to tab",
    "?": "Show this list",
}
"""What the keyboard does besides what browsers do themselves."""
GONE = "This article is no longer among the articles."
_SUGGESTED = 5
"""Questions on the front page."""


def footer_html(model: str) -> str:
    """What holds for every answer; `model` is the language model that may write, or empty."""
    what = "is a quote, or checked against one" if model else "is a quote"
    said = f"<p>Every sentence of an answer {what}; its article is one click away.</p>"
    return f'<footer class="nq-footer">{said}{_look_html()}</footer>'


def _look_html() -> str:
    """What is the reader's own: colours, size of letters, and the list of keys."""
    choices = {
        "colours": ("Colours", {"": "As the system", "light": "Light", "dark": "Dark"}),
        "letters": ("Letters", {"": "Usual", "112.5%": "Large", "125%": "Larger", "150%": "Largest"}),
    }
    fields = "".join(
        f'<label>{label} <select name="{name}">'
        + "".join(f'<option value="{value}">{words}</option>' for value, words in options.items())
        + "</select></label>"
        for name, (label, options) in choices.items()
    )
    keys = "".join(f"<div><dt><kbd>{key}</kbd></dt><dd>{words}</dd></div>" for key, words in KEYS.items())
    return (
        f'<p class="nq-look">{fields}<button type="button" class="nq-act" data-keys>Keys</button></p>'
        '<dialog class="nq-keys" aria-labelledby="nq-keys-title"><h2 id="nq-keys-title">Keys</h2>'
        f'<dl>{keys}</dl><button type="button" class="nq-act" data-close>Close</button></dialog>'
    )


def masthead_html(facts: Sequence[str] = ("\xa0",), *, writes: bool = False) -> str:
    """The name, and the line under it that says what there is to read; blank as long as that is not known.

    It says, too, whether who reads may write.
    """
    marker = " data-writes" if writes else ""
    told = "".join(f"<span>{escape(fact)}</span>" for fact in facts)
    return (
        f'<header class="nq-masthead"{marker}><h1>newsqa</h1>'
        f'<p class="nq-motto">Every answer stands in the articles</p><p class="nq-folio">{told}</p></header>'
    )


def extent_words(articles: int, sources: int, period: tuple[date, date] | None) -> list[str]:
    """How many articles there are, of how many sources, of which days."""
    facts = [count(articles, "article")]
    facts += [count(sources, "source")] if sources else []
    return facts + ([_period(*period)] if period else [])


def front_html(summaries: Sequence[ArticleSummary], *, files: bool, addresses: bool) -> str:
    """What stands below the question box before the first question: questions to ask, and the newest articles.

    Without articles, how who reads may add some: as files, by web addresses, or not at all.
    """
    if not summaries:
        return _empty_html(files=files, addresses=addresses)
    rows = "<li></li>" * _SUGGESTED  # as much room as the questions will need
    headlines = "".join(
        f'<li><p class="nq-kicker">{_kicker(summary)}</p>'
        f"{open_button(Way(summary.id), escape(summary.title) or 'Untitled')}</li>"
        for summary in summaries
    )
    return (
        '<div class="nq-grid nq-front"><section aria-labelledby="nq-try"><h2 id="nq-try">You might ask</h2>'
        f'<ul class="nq-examples" data-suggest="" data-style="nq-example">{rows}</ul></section>'
        '<aside aria-labelledby="nq-latest"><h2 id="nq-latest">Latest articles</h2>'
        f'<ul class="nq-headlines">{headlines}</ul></aside></div>'
    )


def _empty_html(*, files: bool, addresses: bool) -> str:
    """How the first articles come in."""
    ways = ["files that you have"] * files + ["the web address of an article or of a feed"] * addresses
    head, how = "There are no articles yet", "Whoever looks after this page can add them; come back then."
    if ways:
        head, how = "Add articles first", f"Add {', or '.join(ways)}; then ask about them here."
        how += '</p><p><button type="button" class="nq-go" data-tab="Articles">Add articles</button>'
    return f'<section class="nq-notice nq-empty"><h2>{head}</h2><p>{how}</p></section>'


def describe(error: Exception) -> str:
    """An error in words for a reader of the page; where things lie on the server is for its log alone."""
    if isinstance(error, IndexMissingError):
        return "There are no articles yet that could answer."
    return describe_publicly(error)


def notice_html(words: str) -> str:
    """A plain message that something could not be done."""
    return f'<p class="nq-notice" role="alert">{escape(words)}</p>' if words else ""


def unanswered_html(words: str, question: str, nonce: str) -> str:
    """A plain message that a question could not be answered; the browser gives the question back to its writer.

    The nonce makes the browser see the same fault anew.
    """
    back = f'data-back="{escape(question)}" data-fault="{escape(nonce)}"'
    return f'<p class="nq-notice" role="alert" {back}>{escape(words)}</p>'


def lost_html(nonce: str) -> str:
    """That the page has to be loaded anew, which the browser does; its questions wait there."""
    return f'<p class="nq-notice" role="status" data-lost="{escape(nonce)}">Loading the page anew…</p>'


def keep_html(entry: str) -> str:
    """A conversation for the browser to keep, as JSON; the browser says there what made room for it."""
    return f'<p class="nq-quiet" role="status" data-keep="{html.escape(entry)}"></p>'


def saved_html(saved: Sequence[Remembered]) -> str:
    """The conversations that this browser keeps."""
    if not saved:
        return (
            '<p class="nq-quiet" role="status">'
            '<span class="nq-unkept">What you ask is kept here, in this browser only.</span>'
            '<span class="nq-unfound">No conversation has these words.</span></p>'
        )
    return f'<ul class="nq-saved">{"".join(map(_show_saved, saved))}</ul>'


def tools_html() -> str:
    """What stands above the kept conversations: a search in them, a new one, and what was deleted."""
    field = '<input type="search" maxlength="200" placeholder="Words of questions or answers">'
    search = f"<label>Search in the conversations {field}</label>"
    return (
        f'<div class="nq-kept-tools">{search}'
        '<button type="button" class="nq-act" data-new>New conversation</button>'
        '<form hidden><label>Name of the conversation <input name="name" maxlength="200"></label>'
        '<button type="submit" class="nq-act">Save</button></form><p role="status"></p></div>'
    )


def uploads_html(
    results: Sequence[Uploaded], total: int, reading: Underway | None = None, fetched: str = ""
) -> str:
    """How far an upload is, and what became of each file; `fetched` is the web address that they came from."""
    done = len(results)
    bar = f'<progress max="{total}" value="{done}" aria-label="Files read"></progress>' if done < total else ""
    head = f"Reading {done + 1} of {total}…{_so_far(reading)}" if done < total else _summary(results)
    items = "".join(
        f'<li class="nq-{result.status}"><span class="nq-file" dir="auto">{escape(result.name)}</span> '
        f"<span>{escape(result.words)}</span></li>"
        for result in results
    )
    origin = f' data-fetched="{html.escape(fetched)}"' if fetched else ""
    return f'<div class="nq-uploads" role="status"{origin}><p>{escape(head)}</p>{bar}<ul>{items}</ul></div>'


def fetching_html(reading: Underway) -> str:
    """That a web address is being read, and how far."""
    words = f"Fetching {reading.name[:200]}…{_so_far(reading)}"
    return f'<div class="nq-uploads" role="status"><p>{escape(words)}</p><progress></progress></div>'


def _so_far(reading: Underway | None) -> str:
    """How many articles of what is being read are in."""
    return f" {count(reading.articles, 'article')} so far." if reading and reading.articles else ""


def _summary(results: Sequence[Uploaded]) -> str:
    """The counts of an upload in a sentence."""
    words = {"added": "added", "updated": "updated", "same": "already here", "failed": "could not be read"}
    counts = {status: sum(result.status == status for result in results) for status in words}
    return ", ".join(f"{count} {words[status]}" for status, count in counts.items() if count).capitalize() + "."


def _kicker(summary: ArticleSummary) -> str:
    """Source and day of an article."""
    return " · ".join(part for part in (escape(summary.source), day_words(summary.published)) if part)


def _period(first: date, last: date) -> str:
    """The days covered, as short as they can be said."""
    return day_words(first) if first == last else f"{day_words(first)} – {day_words(last)}"


def reader_html(body: str, nonce: str, address: str = "") -> str:
    """The article view around an article's HTML; the nonce makes the browser see each opening as new.

    Its head has a link to the article's own address, where it has one.
    """
    link = f'<a class="nq-act" href="{escape(address)}" target="_blank" rel="noopener">Link to this article</a>'
    close = '<button type="button" class="nq-close" data-close aria-label="Close the article">×</button>'
    steps = (("-1", "Previous mark", "‹"), ("1", "Next mark", "›"))
    back, on = (
        f'<button type="button" data-step="{n}" aria-label="{words}">{arrow}</button>' for n, words, arrow in steps
    )
    marks = f'<p class="nq-marks" hidden>{back}<output></output>{on}</p>'
    head = f'<div class="nq-reader-head">{link if address else ""}{close}</div>'
    article = f'<article class="nq-article" tabindex="0" autofocus>{body}</article>'
    return (
        f'<dialog class="nq-reader" aria-labelledby="reader-title" data-opened="{escape(nonce)}">'
        f'<div class="nq-sheet">{head}{marks}{article}</div></dialog>'
    )


def _show_saved(entry: Remembered) -> str:
    """A kept conversation by its name or its first question, to be opened, renamed or deleted."""
    first, identity = escape(entry.question), escape(entry.id)
    asked = count(entry.count + entry.gone, "question")
    asked += f", the first {entry.gone} of them not kept" if entry.gone else ""
    return (
        f'<li><p class="nq-kicker">{escape(_day(entry.day))} · {asked}</p>'
        f'<button type="button" class="nq-open" data-restore="{identity}">{first}</button>'
        f"<span>{_act('Rename', identity, first)} {_act('Delete', identity, first)}</span></li>"
    )


def _act(what: str, identity: str, name: str) -> str:
    """A button that does something with a kept conversation; what it gets is escaped already."""
    label = f'aria-label="{what}: {name}"'
    return f'<button type="button" class="nq-act" data-{what.lower()}="{identity}" {label}>{what}</button>'


def _day(text: str) -> str:
    """The day of a kept conversation in words, as far as it is one."""
    try:
        return day_words(date.fromisoformat(text))
    except ValueError:
        return "Some day"

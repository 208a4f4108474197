"""Pages that put their report, their times or their address in odd places."""

from __future__ import annotations

from datetime import date

import pytest

from newsqa.errors import ArticleError
from newsqa.sources.formats.html import read_html
from newsqa.sources.formats.origin import Origin
from newsqa.types import Article

STORY = (
    "<p>The ferry office of Lund said on Tuesday that the last boat to Skerry sails at the end of the month.</p>"
    "<p>Its manager, Ola Brandt, said the boat had lost 900 crowns a day, and nobody had offered to buy it.</p>"
    "<p>Islanders, of whom 140 had signed a letter, said they would hire a boat of their own for the winter.</p>"
)
TITLE = "<title>Last boat to Skerry</title>"


def read(markup: str) -> Article:
    return read_html(markup.encode(), Origin("a.html", "/a.html", "/a.html"))


def test_a_short_report_is_read_where_the_page_marks_it() -> None:
    """A page's only article may be of one sentence; a few words in no article are refused, with the reason."""
    brief = "The last boat to Skerry sails on Friday, its office said."
    page = f"{TITLE}<nav><a href=/>Home</a></nav>"
    assert read(f"{page}<article><h1>Last boat to Skerry</h1><p>{brief}</p></article>").text == brief
    with pytest.raises(ArticleError, match="no article text"):
        read(f"{page}<div><p>{brief}</p></div>")
    with pytest.raises(ArticleError, match="no article text"):
        read(f"{page}<article><p>{brief}</p></article><article><p>{brief}</p></article>")


@pytest.mark.parametrize("tag", ["del", "s", "strike"])
def test_what_is_struck_is_not_read(tag: str) -> None:
    """The figure that a correction replaced is no longer said."""
    article = read(
        f"{TITLE}<article>{STORY}<p>It carried <{tag}>70</{tag}> <ins>17</ins> people a day.</p></article>"
    )
    assert article.text.endswith("It carried 17 people a day.")


def test_an_article_in_an_aside_is_read() -> None:
    """An aside with the headline is the article where the page has no other; beside one it is left out."""
    aside = f"<aside><h1>Last boat to Skerry</h1>{STORY}</aside>"
    cookies = "<div><p>We use cookies to make this site better for you. You may choose which.</p></div>"
    article = read(f"{TITLE}{aside}{cookies}")
    assert "Ola Brandt" in article.text
    assert "cookies" not in article.text


@pytest.mark.parametrize(
    "elsewhere",
    [
        "<p>Tickets for the farewell on <time datetime=2024-05-31>31 May</time> are sold at the quay from Monday "
        "on, the office said, and cost 20 crowns.</p>",
        "<ul><li><a href=/x>Pier shut</a> <time datetime=2019-02-03>3 February 2019</time></li></ul>",
        "<div class='event-box'><time datetime=2024-05-31>31 May</time></div>",
        "<p><time datetime=2199-01-01>1 January 2199</time></p>",
    ],
)
def test_the_time_of_something_else_is_not_the_day_of_the_article(elsewhere: str) -> None:
    """Events, other stories and days to come are passed over; the article's own time counts."""
    assert read(f"{TITLE}<article>{elsewhere}{STORY}</article>").published is None
    own = "<p>Published <time datetime=2024-03-12T10:00:00Z>12 March 2024</time></p>"
    assert read(f"{TITLE}<article>{elsewhere}{own}{STORY}</article>").published == date(2024, 3, 12)


@pytest.mark.parametrize(
    "label",
    [
        "<p class=meta>12 March 2024 · Ferries</p>",
        "<span>Lund, 12.03.2024</span>",
        "<div>12 de marzo de 2024</div>",
        "<ul><li class=day><time datetime=2024-03-12>Tuesday</time></li></ul>",
        "<div class=date>12. März 2024</div>",
    ],
)
def test_a_day_that_is_shown_beside_the_headline_is_that_of_the_article(label: str) -> None:
    """Before it or after it, in any language, where the page states none to programs."""
    for head in (f"{label}<h1>Last boat to Skerry</h1>", f"<h1>Last boat to Skerry</h1>{label}"):
        assert read(f"{TITLE}<header>{head}</header><article>{STORY}</article>").published == date(2024, 3, 12)


@pytest.mark.parametrize(
    "elsewhere",
    [
        "<p>March 2024</p>",
        "<p>05/04/2024</p>",
        "<h2>The fire of 2 May 1998</h2>",
        "<p>The line was opened by the king on <b>2 May 1998</b>, when 140 islanders had signed a letter.</p>",
        "<p>Its log of 1998-05-02 12:00:00 says that the boat lost 900 crowns a day, as it had for years.</p>",
        "<dl><dt>Opened</dt><dd>2 May 1998</dd></dl>",
        "<aside><p>2 May 1998</p></aside>",
        "<section class=comments><p>Ann, 2 May 1998</p></section>",
        "<meta property=og:updated_time content=1998-05-02T10:00:00Z>",
        "<meta property=og:image content=https://post.example/1998/05/02/boat.jpg>",
        "<script>var built = '1998-05-02T10:00:00Z'</script>",
        "<footer>© 1998 The Post</footer>",
    ],
)
def test_a_day_that_is_not_shown_as_that_of_the_article_is_not_taken(elsewhere: str) -> None:
    """Parts of days, days in sentences, comments, changes, pictures and programs, and those of two meanings."""
    for page in (f"<h1>Last boat to Skerry</h1>{elsewhere}{STORY}", f"<h1>Boat</h1>{STORY}{elsewhere}"):
        assert read(f"{TITLE}<article>{page}</article>").published is None


def test_a_time_of_utc_is_of_the_day_that_the_address_of_the_page_says() -> None:
    """An outlet in the west publishes in the evening what is the next day in UTC."""
    stated = "<meta property=article:published_time content=2024-03-13T02:30:00+00:00>"
    page = f"{TITLE}{stated}<link rel=canonical href=https://post.example/2024/03/{{}}/boat><article>{STORY}</article>"
    assert read(page.format("12")).published == date(2024, 3, 12)
    assert read(page.format("10")).published == date(2024, 3, 13)


def test_the_posts_of_a_live_blog_keep_their_times() -> None:
    """Each post begins with its own; a report with one time does not."""
    post = "<article><h2>Post {0} of the day</h2><time datetime=2024-03-12>7.0{0}pm</time>{1}</article>"
    first, second, third = STORY.replace("</p>", "</p>\n").split("\n")[:3]
    posts = post.format(3, third) + post.format(2, second) + post.format(1, first)
    page = f"{TITLE}<main><h1>Last boat</h1>{posts}</main>"
    paragraphs = [block.span.of(read(page).text) for block in read(page).blocks if block.kind == "paragraph"]
    assert [text.partition(": ")[0] for text in paragraphs] == ["7.03pm", "7.02pm", "7.01pm"]
    one = read(f"{TITLE}<article><time datetime=2024-03-12>12 March 2024, 7.40pm</time>{STORY}</article>")
    assert one.text.startswith("The ferry office")
    assert one.published == date(2024, 3, 12)


def test_a_post_in_a_wrapper_of_its_own_is_one_post() -> None:
    """Its time is shown once, and the page is read."""
    post = "<div class=live-post><article><time>7.0{0}pm</time>{1}</article></div>"
    first, second = STORY.replace("</p>", "</p>\n").split("\n")[:2]
    page = f"{TITLE}<main><h1>Last boat</h1>{post.format(2, second)}{post.format(1, first)}</main>"
    text = read(page).text
    assert [text.count(shown) for shown in ("7.02pm: ", "7.01pm: ", "7.02pm", "7.01pm")] == [1, 1, 1, 1]


def test_a_saved_page_has_the_address_that_it_was_saved_from() -> None:
    """Unless the page names its own; the day may be in it."""
    saved = "<!-- saved from url=(0039)https://post.example/2024/03/12/skerry/ -->"
    article = read(f"<!DOCTYPE html>\n{saved}\n{TITLE}<article>{STORY}</article>")
    assert article.url == "https://post.example/2024/03/12/skerry/"
    assert article.published == date(2024, 3, 12)
    own = "<link rel=canonical href=https://post.example/boat>"
    assert read(f"{saved}{TITLE}{own}<article>{STORY}</article>").url == "https://post.example/boat"


def test_linked_data_gives_author_and_day_of_change() -> None:
    """One author or several, as objects or as text."""
    linked = (
        '<script type="application/ld+json">{"@type": "NewsArticle", "datePublished": "2024-03-12", '
        '"dateModified": "2024-03-14T08:00:00Z", "author": [{"@type": "Person", "name": "Ann Roe"}, "Bo Lee"]}'
        "</script>"
    )
    article = read(f"{TITLE}{linked}<article>{STORY}</article>")
    assert (article.published, article.updated) == (date(2024, 3, 12), date(2024, 3, 14))
    assert article.author == "Ann Roe, Bo Lee"

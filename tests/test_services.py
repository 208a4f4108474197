"""Records of news services, as their APIs give them, without a mapping."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from newsqa.sources.formats import read_articles
from newsqa.types import Article, IngestEvent

DAY = date(2024, 4, 25)
BODY = "An otter from Lund won the town prize on Thursday."
FEW = {"title": "Otter &amp; mink", "url": "https://a.example/otter"}


def read(folder: Path, value: Any, columns: dict[str, str] | None = None) -> list[Article | IngestEvent]:
    path = folder / "records.json"
    path.write_text(json.dumps(value), encoding="utf-8")
    found = read_articles([path], max_bytes=1_000_000, columns=columns)
    return [one.article if hasattr(one, "article") else one for one in found]


SERVICES: dict[str, Any] = {
    "NewsAPI": {
        "status": "ok",
        "articles": [
            FEW
            | {
                "source": {"id": None, "name": "Post"},
                "author": "Ann Roe",
                "description": "An otter won.",
                "title": "Otter &amp; mink - Post",
                "publishedAt": "2024-04-25T10:00:00Z",
                "content": BODY,
            }
        ],
    },
    "Guardian": {
        "response": {
            "results": [
                {
                    "id": "x/otter",
                    "webTitle": "Otter &amp; mink",
                    "webUrl": FEW["url"],
                    "webPublicationDate": "2024-04-25T10:00:00Z",
                    "fields": {"bodyText": BODY, "byline": "Ann Roe"},
                }
            ]
        },
    },
    "New York Times": {
        "response": {
            "docs": [
                {
                    "headline": {"main": "Otter &amp; mink"},
                    "lead_paragraph": BODY,
                    "web_url": FEW["url"],
                    "pub_date": "2024-04-25T10:00:00+0000",
                    "byline": {"original": "Ann Roe"},
                }
            ]
        },
    },
    "WordPress": [
        {
            "id": 5,
            "date": "2024-04-25T10:00:00",
            "link": FEW["url"],
            "title": {"rendered": "Otter &#038; mink"},
            "content": {"rendered": f"<p>{BODY}</p>"},
            "author": "Ann Roe",
        }
    ],
    "JSON Feed": {
        "version": "https://jsonfeed.org/version/1.1",
        "items": [
            FEW
            | {
                "content_html": f"<p>{BODY}</p>",
                "date_published": "2024-04-25T10:00:00Z",
                "authors": [{"name": "Ann Roe"}],
            }
        ],
    },
    "Mediastack": {
        "data": [
            FEW
            | {
                "author": "Ann Roe",
                "description": BODY,
                "source": "Post",
                "published_at": "2024-04-25T10:00:00+00:00",
            }
        ]
    },
    "GDELT with texts": {
        "articles": [
            FEW | {"seendate": "20240425T100000Z", "domain": "a.example", "text": BODY, "author": "Ann Roe"}
        ]
    },
    "by their ids": {
        "one": FEW | {"text": BODY, "date": "25/04/2024", "author": "Ann Roe"},
        "two": {"title": "Second", "text": BODY},
    },
}


@pytest.mark.parametrize("service", SERVICES)
def test_records_of_news_services_need_no_mapping(tmp_path: Path, service: str) -> None:
    """Title, text, day, address and author are found, and entities of the title are decoded."""
    article = read(tmp_path, SERVICES[service])[0]
    assert isinstance(article, Article), article
    assert (article.title, article.published) == ("Otter & mink", DAY)
    assert (article.url, article.author) == (FEW["url"], "Ann Roe")
    assert article.text.startswith(BODY)


@pytest.mark.parametrize(
    "stated",
    [
        1714039200,
        "1714039200",
        1714039200000,
        "2024-04-25",
        "Thu, 25 Apr 2024 10:00:00 GMT",
        "25/04/2024",
        "4/25/2024",
    ],
)
def test_days_are_read_in_many_forms(tmp_path: Path, stated: object) -> None:
    """Seconds as number or text, ISO 8601, RFC 822, and days between slashes where only one reading is a day."""
    (article,) = read(tmp_path, [FEW | {"text": BODY, "date": stated}])
    assert isinstance(article, Article)
    assert article.published == DAY


def test_an_ambiguous_day_is_read_as_the_mapping_says(tmp_path: Path) -> None:
    """04/05/2024 is no day without a hint."""
    record = [FEW | {"text": BODY, "date": "04/05/2024"}]
    days = {}
    for column in ("date", "date:dmy", "date:mdy"):
        (article,) = read(tmp_path, record, {"published": column})
        assert isinstance(article, Article)
        days[column] = article.published
    assert days == {"date": None, "date:dmy": date(2024, 5, 4), "date:mdy": date(2024, 4, 5)}


def test_a_text_that_was_cut_off_says_so(tmp_path: Path) -> None:
    """The note of the service becomes a note that is shown and never quoted; so does a summary alone."""
    cut = read(tmp_path, [FEW | {"content": f"{BODY} Its owner wept… [+1843 chars]"}])[0]
    summary = read(tmp_path, [FEW | {"description": BODY}])[0]
    for article, note in ((cut, "1,843 further characters"), (summary, "a summary, not the article")):
        assert isinstance(article, Article)
        assert [block.kind for block in article.blocks] == ["paragraph", "boilerplate"]
        assert note in article.blocks[1].span.of(article.text)
        assert "chars]" not in article.text


@pytest.mark.parametrize("day", [10**400, "9" * 5_000, -(10**400), 1e308, "٣" * 50])
def test_a_number_that_is_no_day_is_none(tmp_path: Path, day: object) -> None:
    """However many digits it has."""
    (article,) = read(tmp_path, {"title": "Otter", "text": BODY, "date": day})
    assert isinstance(article, Article)
    assert article.published is None

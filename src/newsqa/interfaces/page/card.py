"""The card that a link to the page becomes in a chat: newsqa's name and words in place of Gradio's."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from newsqa.interfaces.render import escape

_FRAMEWORKS = re.compile(rb'<meta\s+(?:property="og:|name="twitter:)[^>]*>\s*')
_HEAD = b'<meta charset="utf-8" />'
_LONGEST = 200
ABOUT = "Ask what is in the articles: every sentence of an answer is a quote, its article one click away."
Message = MutableMapping[str, Any]


def card_html(title: str, description: str) -> str:
    """The meta elements of a card."""
    title, description = (_shorten(text) for text in (title, description))
    facts = {"og:site_name": "newsqa", "og:type": "website", "og:title": title, "og:description": description}
    card = "".join(f'<meta property="{name}" content="{escape(value)}">' for name, value in facts.items())
    card += f'<meta name="description" content="{escape(description)}">'
    return f'{card}<meta name="twitter:card" content="summary">'


def show_card(send: Callable[[Message], Awaitable[None]]) -> Callable[[Message], Awaitable[None]]:
    """`send`, in whose page newsqa's card stands in place of Gradio's."""
    held: list[Message] = []

    async def shown(message: Message) -> None:
        held.append(message)
        if message["type"] == "http.response.start" or message.get("more_body"):
            return
        body = b"".join(part.get("body", b"") for part in held[1:])
        card = card_html("newsqa", ABOUT).encode()
        body = _FRAMEWORKS.sub(b"", body).replace(_HEAD, _HEAD + card, 1)
        headers = [(name, value) for name, value in held[0]["headers"] if name.lower() != b"content-length"]
        headers.append((b"content-length", str(len(body)).encode()))
        await send({**held[0], "headers": headers})
        await send({"type": "http.response.body", "body": body})

    return shown


def _shorten(text: str) -> str:
    """The text on one line, cut at a word where it is long."""
    words = " ".join(text.split())
    return words if len(words) <= _LONGEST else words[:_LONGEST].rsplit(" ", 1)[0] + "…"

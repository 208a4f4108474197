"""OpenAI's client, talking to `newsqa serve`: two turns, the second streamed."""

from __future__ import annotations

import os
import sys

from openai import OpenAI


def main(url: str = "http://127.0.0.1:7860/v1") -> None:
    """Ask, print the sources, and ask on."""
    client = OpenAI(base_url=url, api_key=os.environ.get("OPENAI_API_KEY", "none"))
    messages = [{"role": "user", "content": "Why did Kim meet Putin?"}]
    reply = client.chat.completions.create(model="newsqa", messages=messages).choices[0].message
    sys.stdout.write(f"{reply.content}\n")
    for annotation in reply.annotations or []:
        sys.stdout.write(f"- {annotation.url_citation.title}: {annotation.url_citation.url}\n")
    messages += [
        {"role": "assistant", "content": reply.content},
        {"role": "user", "content": "And where did they meet?"},
    ]
    for chunk in client.chat.completions.create(model="newsqa", messages=messages, stream=True):
        sys.stdout.write(chunk.choices[0].delta.content or "")
    sys.stdout.write("\n")


if __name__ == "__main__":
    main(*sys.argv[1:])

"""Fetching from the web, safely and politely: public addresses only, bounded, one host at a time."""

from __future__ import annotations

from newsqa.sources.fetching._fetcher import PAGES, FetchedPage, Fetcher
from newsqa.sources.fetching._politeness import Visitor

__all__ = ["PAGES", "FetchedPage", "Fetcher", "Visitor"]

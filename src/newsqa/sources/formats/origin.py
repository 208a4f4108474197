"""Where an article is from: its address, one for all that name the same; how it is to be read, and its id."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from urllib.parse import unquote, urljoin, urlsplit, urlunsplit

_TRACKING = re.compile(
    r"(?i)utm_.*|fbclid|gclid|gclsrc|dclid|gbraid|wbraid|msclkid|yclid|twclid|ttclid|igshid|igsh|mc_[ce]id|_hs(?:enc|mi)"
    r"|cmpid|ocid|ncid|icid|at_(?:medium|campaign|custom\d|link_.*)|xtor|smid|smtyp|ito|ftag|__twitter_impression"
    r"|ref_(?:src|url)|_ga|_gl|spm|wt[._]?mc.*|mkt_tok|vero_.*|oly_.*_id|s_kwcid|guccounter|guce_.*|taid"
)
_AMP = re.compile(r"(?i)_?amp(?:=(?:1|true|yes)?)?|outputtype=amp|view=amp")
_PORTS = re.compile(r":(?:80|443)?$")
_AMP_HOST = re.compile(r"^(?:www\.|m\.|mobile\.|amp\.)(?=[^.]+\.[^.])")
_MOBILE_LABEL = re.compile(r"^([a-z]{2,3})\.m\.(?=[^.]+\.[^.])")
_AMP_TAIL = re.compile(r"(?i)(?<=.)/amp$|\.amp(?=$|\.html?$)")
_AMP_HEAD = re.compile(r"(?i)^/amp(?=/.)")
_CACHED = re.compile(
    r"(?i)^(?:[a-z0-9-]+\.cdn\.ampproject\.org/[cv]/(?:s/)?|(?:www\.)?google\.[a-z.]{2,6}/amp/(?:s/)?)"
)
_DAY = re.compile(r"(?<!\d)((?:19|20)\d\d)[/-](\d{1,2})[/-](\d{1,2})(?!\d)")
_COMPACT = re.compile(r"/((?:19|20)\d\d)(\d\d)(\d\d)(?=[/_.-]|$)")


def canonical_url(url: str) -> str:
    """The one address under which an article is known, whatever address it was found at.

    Folded: scheme, case of the host, default ports, user names, `www.`, mobile and AMP variants, AMP caches,
    tracking parameters, the order of parameters, the fragment, a trailing slash. It identifies an article and
    need not open in a browser: see `clean_url`. Doing it again changes nothing; no web address is left as it is.
    """
    text = url.strip()
    while (folded := _fold(text)) != text:
        text = folded
    return text


def clean_url(url: str) -> str:
    """The address without tracking parameters, fragment and user name, which still opens the same page."""
    parts = _split(url)
    if parts is None:
        return url.strip()
    scheme, place, path, query = parts
    place = place.removesuffix(":443" if scheme == "https" else ":80")
    return urlunsplit((scheme, place, path or "/", "&".join(_keep_parameters(query)), ""))


def join(base: str, link: str) -> str:
    """Where a link leads that stands on the page `base`; empty if nowhere."""
    try:
        return urljoin(base, link)
    except ValueError:
        return ""


def canonical_link(page: str, link: str) -> str:
    """The address that a page gives as its own (`rel=canonical`) if it is of the same host, else the page's."""
    joined = join(page, link.strip())
    ours, theirs = host_of(page), host_of(canonical_url(joined))
    if not theirs or (ours and ours != theirs) or (_is_front(joined) and not _is_front(page)):
        return page
    return joined


def _is_front(url: str) -> bool:
    """Whether an address is that of a site's front page, which many pages wrongly give as their own."""
    parts = _split(canonical_url(url))
    return parts is not None and parts[2] in ("", "/") and not parts[3]


def date_in_url(url: str) -> date | None:
    """The day in an address such as `/2023/07/10/`; None if there is none."""
    parts = _split(url)
    if parts is None:
        return None
    for form in (_DAY, _COMPACT):
        for found in form.finditer(parts[2]):
            try:
                return date(*map(int, found.groups()))
            except ValueError:
                continue
    return None


def site_name(url: str) -> str:
    """The host of an address without `www.`, the like and its port, as an outlet's name; empty if none."""
    return re.sub(r":\d+$", "", host_of(url))


def host_of(url: str) -> str:
    """The host of an address without `www.` and the like, with a port that is not the usual one; empty if none.

    That of a page in an AMP cache is the cache: what it serves was not fetched from the outlet.
    """
    parts = _split(url)
    return _short(parts[1]) if parts else ""


def _split(url: str) -> tuple[str, str, str, str] | None:
    """Scheme, host with port, path and query of a web address; None for anything else."""
    try:
        parts = urlsplit(url.strip())
        if parts.scheme.lower() not in ("http", "https") or not parts.hostname:
            return None
    except ValueError:
        return None
    place = parts.netloc.rpartition("@")[2].lower()
    if not place.isascii():
        try:
            place = place.encode("idna").decode("ascii")
        except UnicodeError:
            return None
    return parts.scheme.lower(), place, parts.path, parts.query


def _fold(url: str) -> str:
    parts = _split(url)
    if parts is None:
        return url
    _, place, path, query = parts
    place = _PORTS.sub("", place).rstrip(".")
    cached = _CACHED.match(place + path)
    if cached:
        place, _, path = (place + path)[cached.end() :].partition("/")
        path = "/" + path
    place = _short(place)
    path = _AMP_HEAD.sub("", _AMP_TAIL.sub("", path.rstrip("/")))
    kept = sorted(one for one in _keep_parameters(query) if not _AMP.fullmatch(one))
    return urlunsplit(("https", place, path or "/", "&".join(kept), "")) if place else url


def _short(place: str) -> str:
    """A host without its usual port, `www.`, and the labels of mobile and AMP variants."""
    place = _PORTS.sub("", place).rstrip(".")
    while (shorter := _MOBILE_LABEL.sub(r"\1.", _AMP_HOST.sub("", place))) != place:
        place = shorter
    return place


def _keep_parameters(query: str) -> list[str]:
    """The parameters of a query, as they stand, that say what is asked for."""
    return [one for one in query.split("&") if one and not _TRACKING.fullmatch(unquote(one.partition("=")[0]))]


@dataclass(frozen=True, slots=True)
class Origin:
    """A file, a member of an archive, or a page.

    `name` is for messages, `path` the file that holds it (empty for a page), `key` what an id comes from that
    has no URL, `url` the address that the bytes came from, `charset` what the server said that they are.
    """

    name: str
    path: str = ""
    key: str = ""
    url: str = ""
    charset: str = ""


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """Bounds and wishes: the largest file or record, a format that is given by name, and the columns.

    `columns` says for a field of an article (`title`, `text`, ...) under which name a record holds it.
    """

    max_bytes: int
    format: str = ""
    columns: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Identity:
    """Which article a text is: its ids (see `Article`), and whether its address is only what it says itself.

    The ids are bound to where it was read; an address of another host is a claim.
    """

    id: str
    own_id: str
    claimed: bool


def identify(url: str, origin: Origin, day: str) -> Identity:
    """The identity of what was read at `origin` and gives `url` as its address, published on `day`.

    An address of the host that it was fetched from is confirmed, and every article known by it. One that a page of
    another host gives is a claim, known by both hosts. One that a file gives is a claim, too; the article is known
    by it, so that the file may move, unless something else is (`own_id`).
    """
    host, place = host_of(origin.url), origin.key or origin.path
    if not host:
        own = article_id("", place)
        return Identity(article_id(url, place), own, bool(url))
    at = canonical_url(place) if place == origin.url else place
    own = article_id("", "\0".join((host, at, day)))
    if not url:
        return Identity(article_id("", place), own, claimed=False)
    if host == host_of(canonical_url(url)):
        return Identity(article_id(url, ""), own, claimed=False)
    return Identity(article_id("", "\0".join((host, canonical_url(url)))), own, claimed=True)


def article_id(url: str, path: str) -> str:
    """16 hexadecimal digits from the canonical URL, or from the resolved path if there is no URL."""
    key = f"url:{canonical_url(url)}" if url else f"path:{path}"
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()[:16]

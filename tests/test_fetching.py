"""Fetching: addresses that are refused, the pinned connection, limits, robots.txt and pauses; canonical URLs."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable, Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsqa import __version__
from newsqa.errors import FetchError
from newsqa.sources.fetching import Fetcher, Visitor
from newsqa.sources.fetching._connection import is_public
from newsqa.sources.fetching._fetcher import MAX_REDIRECTS
from newsqa.sources.fetching._politeness import Robots
from newsqa.sources.fetching.responses import parse_retry_after, show_url
from newsqa.sources.formats.origin import canonical_link, canonical_url, clean_url, date_in_url
from tests.web_server import Site, failing, redirect, serving

INSIDE = """
10.0.0.1 10.255.255.255 127.0.0.1 127.8.8.8 169.254.169.254 172.16.0.1 172.31.255.255 192.168.1.1 100.64.0.1
100.127.0.1 0.0.0.0 0.1.2.3 224.0.0.1 239.255.255.250 240.0.0.1 255.255.255.255 192.0.0.1 192.0.2.1 198.18.0.1
198.51.100.1 203.0.113.1 192.88.99.1 ::1 :: ::127.0.0.1 fe80::1 fe80::1%eth0 fec0::1 fc00::1 fd12:3456::1
ff02::1 2001:db8::1 100::1 ::ffff:127.0.0.1 ::ffff:10.0.0.1 ::ffff:169.254.169.254 2002:7f00:1:: 2002:a00:1::
2002:c0a8:101:: 64:ff9b::7f00:1 64:ff9b::a9fe:a9fe 64:ff9b:1::1 2001::1 nonsense 0x7f000001
""".split()
OUTSIDE = (
    "8.8.8.8 1.1.1.1 93.184.216.34 2606:4700:4700::1111 ::ffff:8.8.8.8 2002:808:808:: 64:ff9b::808:808".split()
)


def never(address: tuple[str, int], timeout: float) -> socket.socket:
    """A connect that must not be reached."""
    raise AssertionError(f"a connection to {address} was begun")


def refusing(*addresses: str) -> Fetcher:
    """A fetcher for which every name has these addresses, and which may not connect."""
    return Fetcher(resolve=lambda _host, _port: list(addresses), connect=never)


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    """A site on the loopback interface."""
    with serving() as running:
        yield running


def fetcher_of(site: Site, *, max_bytes: int = 1_000_000, seconds: float = 5.0) -> Fetcher:
    """A fetcher that may use the site."""
    return Fetcher(max_bytes=max_bytes, seconds=seconds, allow_hosts=frozenset((site.place,)))


# Addresses


@pytest.mark.parametrize("address", INSIDE)
def test_inside_addresses_are_refused_before_any_connection(address: str) -> None:
    """Whatever range or spelling leads inside is refused, whether it is resolved to or written in the URL."""
    assert not is_public(address)
    with pytest.raises(FetchError, match="not on the public web"):
        refusing(address).fetch("https://news.example/story")


@pytest.mark.parametrize("address", OUTSIDE)
def test_public_addresses_are_public(address: str) -> None:
    """Also those in which an IPv4 address is embedded that is public."""
    assert is_public(address)


@given(st.ip_addresses(v=4))
def test_an_embedded_address_decides(address: object) -> None:
    """IPv4-mapped, 6to4 and NAT64 addresses are as public as the IPv4 address in them."""
    packed = int(address)  # type: ignore[call-overload]
    inside = [f"::ffff:{address}", f"2002:{packed >> 16:x}:{packed & 0xFFFF:x}::", f"64:ff9b::{address}"]
    assert [is_public(one) for one in inside] == [is_public(str(address))] * 3


def test_one_inside_address_among_public_ones_is_enough() -> None:
    """A name that has a public and a private address is refused: either could be the one connected to."""
    with pytest.raises(FetchError, match="not on the public web"):
        refusing("93.184.216.34", "10.0.0.1").fetch("https://news.example/")


@pytest.mark.parametrize("host", ["127.1", "0x7f.0.0.1", "2130706433", "017700000001"])
def test_spellings_of_the_loopback_address_are_refused(host: str) -> None:
    """The system's resolver takes all of these for the machine itself, and what it says is what is checked."""

    def lookup(name: str, port: int) -> list[str]:
        return [socket.inet_ntoa(socket.inet_aton(name))]

    with pytest.raises(FetchError, match="is not on the public web"):
        Fetcher(resolve=lookup, connect=never).fetch(f"http://{host}/")


@pytest.mark.parametrize("host", ["127.0.0.1", "[::1]", "localhost"])
def test_the_machine_itself_is_refused(host: str) -> None:
    """As the real resolver gives it."""
    with pytest.raises(FetchError, match=r"is not on the public web|There is no host"):
        Fetcher(connect=never).fetch(f"http://{host}/")


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("ftp://news.example/a", "begins with http:// or https://"),
        ("file:///etc/passwd", "begins with http:// or https://"),
        ("gopher://news.example/", "begins with http:// or https://"),
        ("javascript:alert(1)", "begins with http:// or https://"),
        ("data:text/html,<p>x", "begins with http:// or https://"),
        ("news.example/a", "begins with http:// or https://"),
        ("http://user:secret@news.example/", "user name or password"),
        ("http://user@news.example/", "user name or password"),
        ("https://news.example:8443/", "port 8443"),
        ("http://news.example:22/", "port 22"),
        ("http://news.example:0/", "port 0"),
        ("http://news.example:99999/", "not a web address"),
        ("http://[::1/", "not a web address"),
        ("http:///a", "not a web address"),
        ("http://news.ex ample/", "not a web address"),
        ("http://news.example\\@evil.example/", "user name or password"),
        ("http://" + "a" * 5_000, "not a web address"),
        ("", "begins with http:// or https://"),
    ],
)
def test_urls_that_are_refused_on_sight(url: str, said: str) -> None:
    """Nothing is looked up for them, and no password is repeated in the message."""

    def lookup(host: str, port: int) -> list[str]:
        raise AssertionError(f"{host} was looked up")

    with pytest.raises(FetchError) as caught:
        Fetcher(resolve=lookup, connect=never).fetch(url)
    assert said in str(caught.value)
    assert "secret" not in str(caught.value)


@given(st.text(max_size=60))
def test_no_text_is_a_url_that_breaks_the_fetcher(text: str) -> None:
    """Whatever is given for a URL, it is refused with `FetchError`."""
    for url in (text, f"http://{text}", f"https://news.example{text}"):
        with pytest.raises(FetchError):
            refusing("10.0.0.1").fetch(url)
        assert show_url(url).isprintable()


# The connection


def test_the_connection_goes_to_the_address_that_was_checked(site: Site) -> None:
    """A name that is looked up again would be a private address the second time; it is looked up once."""
    looked_up: list[str] = []

    def lookup(host: str, port: int) -> list[str]:
        looked_up.append(host)
        return ["127.0.0.1"] if len(looked_up) == 1 else ["10.0.0.1"]

    port = site.place.rpartition(":")[2]
    fetcher = Fetcher(allow_hosts=frozenset((site.place,)), resolve=lookup)
    page = fetcher.fetch(f"http://news.example:{port}/lead_image")
    assert b"fell into the river" in page.body
    assert looked_up == ["news.example"]
    headers = site.server.asked[-1][1]
    assert headers["Host"] == f"news.example:{port}"
    assert headers["User-Agent"] == f"newsqa/{__version__}"
    assert not {"Cookie", "Authorization", "Referer"} & set(headers)


def test_every_redirect_is_looked_up_and_checked(site: Site) -> None:
    """A page outside may not send newsqa to a name that leads inside."""
    site.server.routes["/hop"] = redirect("http://intranet.example/secret")
    addresses = {"127.0.0.1": "127.0.0.1", "intranet.example": "192.168.0.10"}
    fetcher = Fetcher(allow_hosts=frozenset((site.place,)), resolve=lambda host, _: [addresses[host]])
    with pytest.raises(FetchError, match=r"intranet\.example is not on the public web"):
        fetcher.fetch(f"{site.url}/hop")


def test_the_loopback_interface_is_not_allowed_by_itself(site: Site) -> None:
    """Without the pair of address and port that a test gives, the site of the tests cannot be fetched."""
    with pytest.raises(FetchError):
        Fetcher(connect=never).fetch(site.url)


def test_proxies_of_the_environment_are_not_used(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """A proxy would make the connection itself, to whatever address it likes."""
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert fetcher_of(site).fetch(f"{site.url}/article").body


@pytest.fixture
def authority(tmp_path: object) -> Iterator[tuple[ssl.SSLContext, Callable[[str], int]]]:
    """A context that trusts an authority of its own, and a server's port for a name that it certifies."""
    import trustme

    root = trustme.CA()
    client = ssl.create_default_context()
    root.configure_trust(client)
    listening: list[socket.socket] = []

    def serve(name: str) -> int:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        root.issue_cert(name).configure_cert(context)
        door = socket.create_server(("127.0.0.1", 0))
        listening.append(door)

        def answer() -> None:
            try:
                plain, _ = door.accept()
                with context.wrap_socket(plain, server_side=True) as one:
                    one.recv(4096)
                    one.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 2\r\n\r\nhi")
            except OSError:
                pass

        threading.Thread(target=answer, daemon=True).start()
        return int(door.getsockname()[1])

    yield client, serve
    for door in listening:
        door.close()


@pytest.mark.parametrize(("certified", "good"), [("news.example", True), ("other.example", False)])
def test_tls_verifies_the_name_and_not_the_address(
    certified: str, good: bool, authority: tuple[ssl.SSLContext, Callable[[str], int]]
) -> None:
    """The connection goes to a checked address, and the certificate has to be that of the name in the URL."""
    client, serve = authority
    port = serve(certified)
    allowed = frozenset((f"127.0.0.1:{port}",))
    fetcher = Fetcher(allow_hosts=allowed, resolve=lambda *_: ["127.0.0.1"], tls=client, seconds=10)
    if good:
        assert fetcher.fetch(f"https://news.example:{port}/").body == b"hi"
    else:
        with pytest.raises(FetchError, match=r"certificate of news\.example is not valid"):
            fetcher.fetch(f"https://news.example:{port}/")


def test_an_unknown_authority_is_not_trusted(authority: tuple[ssl.SSLContext, Callable[[str], int]]) -> None:
    """By default the authorities of the system and of certifi count."""
    port = authority[1]("news.example")
    fetcher = Fetcher(allow_hosts=frozenset((f"127.0.0.1:{port}",)), resolve=lambda *_: ["127.0.0.1"], seconds=10)
    with pytest.raises(FetchError, match="certificate"):
        fetcher.fetch(f"https://news.example:{port}/")


def test_a_slow_lookup_ends_in_time() -> None:
    """A resolver that does not answer costs no more than the limit."""
    held = threading.Event()

    def lookup(host: str, port: int) -> list[str]:
        held.wait(20)
        return ["8.8.8.8"]

    with pytest.raises(FetchError, match="took too long"):
        Fetcher(resolve=lookup, connect=never, seconds=0.2).fetch("https://news.example/")
    held.set()


def test_no_host_and_no_connection_are_said() -> None:
    """What a resolver and a connect raise becomes `FetchError`."""

    def unknown(host: str, port: int) -> list[str]:
        raise socket.gaierror("unknown")

    def closed(address: tuple[str, int], timeout: float) -> socket.socket:
        raise ConnectionRefusedError(111, "Connection refused")

    with pytest.raises(FetchError, match=r"There is no host news\.example"):
        Fetcher(resolve=unknown).fetch("https://news.example/")
    with pytest.raises(FetchError, match=r"No connection to news\.example \(Connection refused"):
        Fetcher(resolve=lambda *_: ["8.8.8.8"], connect=closed).fetch("https://news.example/")


# What comes back


def test_a_page_that_has_not_changed_comes_back_empty(site: Site) -> None:
    """With the ETag of the first time the server has nothing to say."""
    fetcher = fetcher_of(site)
    first = fetcher.fetch(f"{site.url}/conditional")
    assert (first.etag, first.not_modified, bool(first.body)) == ('"one"', False, True)
    again = fetcher.fetch(f"{site.url}/conditional", etag=first.etag, last_modified=first.last_modified)
    assert (again.not_modified, again.body) == (True, b"")


def test_the_most_redirects_are_five(site: Site) -> None:
    """Five are followed, the sixth is not."""
    for number in range(MAX_REDIRECTS):
        site.server.routes[f"/five_{number}"] = redirect(f"/five_{number + 1}")
    site.server.routes["/five_5"] = lambda one: one.say(b"<p>here</p>")
    assert fetcher_of(site).fetch(f"{site.url}/five_0").url == f"{site.url}/five_5"
    site.server.routes["/five_5"] = redirect("/lead_image")
    with pytest.raises(FetchError, match="more than 5 times"):
        fetcher_of(site).fetch(f"{site.url}/five_0")


@pytest.mark.parametrize(("size", "fits"), [(1_000_000, True), (1_000_001, False)])
@pytest.mark.parametrize("packed", [False, True])
def test_the_limit_counts_what_is_unpacked(size: int, fits: bool, packed: bool, site: Site) -> None:
    """Exactly the limit passes, a byte more does not, packed or not."""
    import gzip

    body = b"x" * size
    headers = {"Content_Encoding": "gzip"} if packed else {}
    site.server.routes["/size"] = lambda one: one.say(gzip.compress(body) if packed else body, **headers)
    if fits:
        assert len(fetcher_of(site).fetch(f"{site.url}/size").body) == size
    else:
        with pytest.raises(FetchError, match="larger than 1 MB"):
            fetcher_of(site).fetch(f"{site.url}/size")


@pytest.mark.parametrize(
    ("body", "encoding", "said"),
    [
        (b"no gzip", "gzip", "packed wrongly"),
        (b"x", "br", "packed as 'br'"),
        (b"\x1f\x8b\x08", "gzip", "packed wrongly"),
    ],
)
def test_bad_packing_is_said(body: bytes, encoding: str, said: str, site: Site) -> None:
    """Damage, and a way of packing that was not asked for."""
    site.server.routes["/packing"] = lambda one: one.say(body, Content_Encoding=encoding)
    with pytest.raises(FetchError, match=said):
        fetcher_of(site).fetch(f"{site.url}/packing")


@pytest.mark.parametrize(
    ("value", "seconds"), [("120", 120.0), (" 0 ", 0.0), ("²", None), ("soon", None), ("", None), ("9" * 30, None)]
)
def test_retry_after_in_seconds(value: str, seconds: float | None) -> None:
    """Whole seconds count; what is neither seconds nor a date says nothing."""
    assert parse_retry_after(value) == seconds


def test_retry_after_as_a_date() -> None:
    """A date in the past asks for no wait; one far ahead asks for a long one."""
    assert parse_retry_after("Wed, 21 Oct 2015 07:28:00 GMT") == 0.0
    assert (parse_retry_after("Wed, 21 Oct 2065 07:28:00 GMT") or 0) > 10**8


# As a guest


class Clock:
    """A clock that sleeping moves on."""

    def __init__(self) -> None:
        self.now = 1_000.0
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


@pytest.fixture
def guest() -> Iterator[tuple[Site, Visitor, Clock]]:
    """A site of its own, and a visitor with a clock that stands."""
    with serving() as running:
        clock = Clock()
        yield (
            running,
            Visitor(fetcher_of(running), delay=1.0, patience=30.0, clock=clock, sleep=clock.sleep),
            clock,
        )


def test_a_host_is_asked_once_in_a_second(guest: tuple[Site, Visitor, Clock]) -> None:
    """The first page waits for nothing, each further one for its turn."""
    site, visitor, clock = guest
    for _ in range(3):
        visitor.fetch(f"{site.url}/article", robots=False)
    assert clock.slept == [1.0, 1.0]


def test_robots_txt_is_honoured(guest: tuple[Site, Visitor, Clock]) -> None:
    """It is fetched once; what it closes is not fetched, unless a person named the page; its delay counts."""
    site, visitor, clock = guest
    rules = b"User-agent: *\nDisallow: /\n\nUser-agent: newsqa\nDisallow: /article\nCrawl-delay: 7\n"
    site.server.routes["/robots.txt"] = lambda one: one.say(rules, "text/plain")
    with pytest.raises(FetchError, match=r"closed to programs by the site's robots\.txt"):
        visitor.fetch(f"{site.url}/article")
    assert site.asked("/article") == 0
    assert visitor.fetch(f"{site.url}/article", robots=False).body
    assert visitor.fetch(f"{site.url}/lead_image").body
    assert site.asked("/robots.txt") == 1
    assert clock.slept == [1.0, 7.0]


def test_without_robots_txt_everything_is_open(guest: tuple[Site, Visitor, Clock]) -> None:
    """404 for robots.txt allows; an error of the server does not."""
    site, visitor, _ = guest
    assert visitor.fetch(f"{site.url}/lead_image").body
    with serving() as other:
        other.server.routes["/robots.txt"] = failing(503, Retry_After="600")
        with pytest.raises(FetchError, match="503"):
            Visitor(fetcher_of(other)).fetch(f"{other.url}/lead_image")
        assert other.asked("/lead_image") == 0


@pytest.mark.parametrize(
    "text", ["Crawl-delay: ²\n", "User-agent: *\nCrawl-delay: ²\nDisallow: /a", "\0\n:::\n", ""]
)
def test_strange_robots_txt_allows(text: str) -> None:
    """Rules that cannot be read are none."""
    assert Robots(text, "newsqa/1").allows("https://news.example/b")


@given(st.text())
def test_no_robots_txt_breaks_the_reader(text: str) -> None:
    """Any text gives a yes or a no, and a delay of at most a minute."""
    robots = Robots(f"User-agent: *\n{text}", "newsqa/1")
    assert robots.allows("https://news.example/b") in (True, False)
    assert 0 <= robots.delay <= 60


def test_a_short_pause_is_waited_for(guest: tuple[Site, Visitor, Clock]) -> None:
    """Retry-After of a few seconds: the page is asked for again after them."""
    site, visitor, clock = guest
    answers = iter([failing(429, Retry_After="5"), failing(503), lambda one: one.say(b"<p>at last</p>")])
    site.server.routes["/later"] = lambda one: next(answers)(one)
    assert visitor.fetch(f"{site.url}/later", robots=False).body == b"<p>at last</p>"
    assert clock.slept == [5.0, 4.0]


def test_a_long_pause_is_kept(guest: tuple[Site, Visitor, Clock]) -> None:
    """Until it is over nothing is asked of that host, then the host is asked again."""
    site, visitor, clock = guest
    site.server.routes["/later"] = failing(429, Retry_After="300")
    with pytest.raises(FetchError, match="429"):
        visitor.fetch(f"{site.url}/later", robots=False)
    with pytest.raises(FetchError, match="left alone for 300 seconds"):
        visitor.fetch(f"{site.url}/article", robots=False)
    assert (site.asked("/later"), site.asked("/article")) == (1, 0)
    clock.now += 300
    assert visitor.fetch(f"{site.url}/article", robots=False).body
    assert clock.slept == []


# Addresses of articles


@pytest.mark.parametrize(
    ("url", "folded"),
    [
        ("https://example.com/a", "https://example.com/a"),
        ("HTTP://Example.COM:80/a", "https://example.com/a"),
        ("https://example.com:443/a/", "https://example.com/a"),
        ("http://example.com:8080/a", "https://example.com:8080/a"),
        ("https://user:word@example.com/a", "https://example.com/a"),
        ("https://example.com", "https://example.com/"),
        ("https://example.com/a#top", "https://example.com/a"),
        ("https://example.com/a?utm_source=x&utm_medium=y", "https://example.com/a"),
        ("https://example.com/a?fbclid=1&b=2&gclid=3", "https://example.com/a?b=2"),
        ("https://example.com/a?b=2&a=1", "https://example.com/a?a=1&b=2"),
        ("https://example.com/a?id=7&cid=8", "https://example.com/a?cid=8&id=7"),
        ("https://www.example.com/a", "https://example.com/a"),
        ("https://m.example.com/a", "https://example.com/a"),
        ("https://mobile.example.com/a", "https://example.com/a"),
        ("https://en.m.wikipedia.org/wiki/A", "https://en.wikipedia.org/wiki/A"),
        ("https://amp.example.com/a", "https://example.com/a"),
        ("https://www.example.com/a/amp/", "https://example.com/a"),
        ("https://example.com/amp/a", "https://example.com/a"),
        ("https://example.com/a.amp", "https://example.com/a"),
        ("https://example.com/a.amp.html", "https://example.com/a.html"),
        ("https://example.com/a?amp=1", "https://example.com/a"),
        ("https://example.com/a?amp", "https://example.com/a"),
        ("https://example.com/a?outputType=amp", "https://example.com/a"),
        ("https://www-example-com.cdn.ampproject.org/c/s/www.example.com/a/amp", "https://example.com/a"),
        ("https://www.google.com/amp/s/example.com/a", "https://example.com/a"),
        ("https://example.com/amp", "https://example.com/amp"),
        ("https://example.com/lamp", "https://example.com/lamp"),
        ("https://amp.dev/a", "https://amp.dev/a"),
        ("https://m.co/a", "https://m.co/a"),
        ("https://example.com/a?amplitude=1", "https://example.com/a?amplitude=1"),
        ("https://exämple.com/ä", "https://xn--exmple-cua.com/ä"),
        ("mailto:a@example.com", "mailto:a@example.com"),
        ("not a url", "not a url"),
        ("http://[", "http://["),
    ],
)
def test_canonical_addresses(url: str, folded: str) -> None:
    """Variants of an address fold into one; what only looks like a variant stays apart."""
    assert canonical_url(url) == folded


@given(
    st.one_of(
        st.text(),
        st.from_regex(
            r"https?://(www\.|m\.|amp\.){0,3}[a-z]{1,3}\.[a-z]{2}(:80|:443)?(/amp|/a|\.amp|/){0,4}(\?[a-z=&]{0,9})?"
        ),
    )
)
def test_folding_again_changes_nothing(text: str) -> None:
    """The canonical address of a canonical address is itself; the same holds for the clean one."""
    assert canonical_url(canonical_url(text)) == canonical_url(text)
    assert clean_url(clean_url(text)) == clean_url(text)


@pytest.mark.parametrize(
    ("url", "cleaned"),
    [
        ("http://www.Example.com:80/a/?utm_source=x&b=1#c", "http://www.example.com/a/?b=1"),
        ("https://m.example.com/a/amp", "https://m.example.com/a/amp"),
        ("https://u:p@example.com", "https://example.com/"),
    ],
)
def test_clean_addresses_still_open(url: str, cleaned: str) -> None:
    """Scheme, host and path stay; tracking, fragment and user names go."""
    assert clean_url(url) == cleaned


@pytest.mark.parametrize(
    ("page", "link", "taken"),
    [
        ("https://amp.example.com/a", "https://www.example.com/b", "https://www.example.com/b"),
        ("https://example.com/a?x=1", "/a", "https://example.com/a"),
        ("https://news.example.com/a", "https://example.com/b", "https://news.example.com/a"),
        ("https://example.com/a", "https://news.example.com/b", "https://example.com/a"),
        ("https://example.com/a", "https://evil.example/b", "https://example.com/a"),
        ("https://example.com/a", "https://notexample.com/b", "https://example.com/a"),
        ("https://example.com/a", "https://example.com/", "https://example.com/a"),
        ("https://example.com/a", "javascript:alert(1)", "https://example.com/a"),
        ("https://example.com/a", "http://[", "https://example.com/a"),
        ("https://example.com/a", "", "https://example.com/a"),
    ],
)
def test_a_canonical_link_counts_on_its_own_host(page: str, link: str, taken: str) -> None:
    """A page may name another address of its host, not of another one, and not the front page."""
    assert canonical_link(page, link) == taken


@pytest.mark.parametrize(
    ("url", "day"),
    [
        ("https://example.com/2023/07/10/flood", "2023-07-10"),
        ("https://example.com/news/2023-7-1-flood", "2023-07-01"),
        ("https://example.com/20230710/flood", "2023-07-10"),
        ("https://example.com/2023/13/40/flood", None),
        ("https://example.com/story/70396700007/", None),
        ("https://example.com/2023/07/flood", None),
        ("not a url", None),
    ],
)
def test_a_day_in_an_address(url: str, day: str | None) -> None:
    """Year, month and day, when they are a day; nothing is guessed from less."""
    found = date_in_url(url)
    assert (found.isoformat() if found else None) == day

"""Sentence spans and passages: exact offsets, sound splits, and sizes that fit the encoder."""

from __future__ import annotations

import time
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from newsqa.errors import ArticleError
from newsqa.sources.formats.build import build_article
from newsqa.text.passages import LONGEST_CHARACTERS, SentenceSplitter, sentence_spans, words_and_a_bit
from newsqa.types import Article, Block, Span


def sentences(text: str) -> list[str]:
    return [span.of(text) for span in sentence_spans(text)]


@pytest.mark.parametrize(
    "text",
    [
        "Mr. Kim met Mr. Putin.|They talked.",
        "The U.S. President said no.|He left.",
        "He moved to the U.S. The visit was short.",
        "The U.N. Security Council met.|It voted.",
        "Dr. Weir of St. Petersburg agreed.",
        "Gen. Mark Milley and Sen. Tim Scott spoke.",
        "Lt. Col. J. K. Rowling-Smith was not there.|Nobody was.",
        "J. K. Rowling wrote it.|J.R.R. Tolkien did not.",
        "See No. 5 on the list.|No. 6 is gone.",
        "Was it wrong?|No.|It was right.",
        "The train left at 9 a.m. and came back.",
        "It began at 9 a.m.|The talks took two hours.",
        "It began at 9 p.m. Friday in Moscow.",
        "It began at 9 a.m. EST on Monday.",
        "It touched down at 10.26 a.m. Beijing time on Thursday.",
        "It is as massive as the Sun.|Nothing escapes it.",
        "He arrived at 5 p.m.|Kim had left.",
        "It rose 3.5 percent.|Shares fell 0.2 points.",
        "It cost $1.45 billion.|The fine is a record.",
        "Prices rose by 4 percent in 2019.|They fell in 2020.",
        "He waited ... and left.",
        "He waited…|Then he left.",
        "He waited...|Then he left.",
        "It is so.... The end came.",
        '"We talked," he said.|"It was good."|They left.',
        "“We talked.”|“It was good.”",
        "“Why now?” he asked.|Nobody knew.",
        "“Why now?” Kim asked.|Nobody knew.",
        "“Stop!” Mr. Kim said.|He meant it.",
        "“Stop!”|The train came to a halt.",
        "Who came?|Kim came!|All were there.",
        "He left (he was tired.)|She stayed.",
        "He left.|(She stayed.)|All was well.",
        "It met on Jan. 5 and on Feb. 7.|Then it rested.",
        "It met in Jan. The rest of the year was quiet.",
        "Acme Inc. of Ohio bought Bolt Corp. shares.",
        "He works for Acme Inc. The firm is old.",
        "They sold food, drinks, etc. and more.",
        "Use tools, e.g. Python, i.e. a language.",
        "It was Kim vs. Lee in the final.",
        "He holds a Ph.D. from Yale.",
        "He lives in Washington, D.C. and works there.",
        "He lives in Washington, D.C. The house is old.",
        "Martin Luther King Jr. spoke.|All listened.",
        "Martin Luther King Jr. The name says it.",
        "It happened in Boise, Idaho.|Police came.",
        "Visit example.com for more.|It is free.",
        "Yahoo! News had it first.",
        "What?!|Nobody answered.",
        "Really?!?|Yes.",
        "One line\nand the next.|Another.",
        "One.|Two.|Three.",
        "One\n\nTwo",
        "Iran's aim is clear.|'We will stay,' it says.",
        "The temperature fell to -5 degrees.|It was cold.",
        "「行った。」|彼は帰った。",
        "मैं गया।|वह आया।",
        "قال نعم. ثم ذهب؟ لا.",
        "He said: “I agree.”|Then he left.",
        "He said so.|🙂 All laughed.",
        "He said so.|$5 was enough.",
        "He said so.|5,000 people came.",
        "The plan (drafted by Adm. Lee) failed.|It was late.",
        "Vitamin C. It helps.",
        "Prof. A. Smith and Rev. B. Jones met Gov. C. Brown.",
        "It rains.[1] It pours.",
        "Le président est parti.|Élise est restée.",
        "1. Open the door.|Close it.",
        "The U.K. and the E.U. agreed.|They signed.",
        "He was born on Sept. 9, 1948, in Pyongyang.|He died there.",
        "He asked: Why?|She knew.",
        "It is 5 ft.|Tall men stoop.",
        "Col. Adair, of the U.S. Army, agreed.",
        "It grew by 10%.|That is much.",
        "He left (by train).|She stayed.",
        "Wait for the rest .|It comes.",
        "At 6.15 p.m. Ms. Ada Finch, the warden, shut the gate.|It rained.",
        "Shortly before 8 a.m. Crews from Hale freed the barge.|Nobody was hurt.",
        "The train left at 9 a.m.|Passengers slept.",
        "It is open from 1 a.m. – 8 p.m. daily.|Entry is free.",
        "The roof will cost £2.5m.|Builders had asked for less.",
        "Output rose to 3.4bn.|Shares fell to 98.6.|Analysts were pleased.",
        "They named it B.1.1.7.|Several cities have it.",
        "It was (or was it?) – so he said – a trick.|Nobody laughed.",
        "“We try again. …|But if they stop us, we leave.”",
        "Der Vertrag vom 3. Mai 2021 endete am 17. April.|Danach kam nichts.",
        "Read about Amazon.Com and Web.De in Node.Js today.|It is short.",
    ],
)
def test_sentences_end_where_a_reader_ends_them(text: str) -> None:
    """The bars mark the sentence ends; a blank line is one, too, and a line break is not."""
    plain = text.replace("|", " ")
    expected = [part for piece in text.split("|") for part in piece.split("\n\n")]
    known = {
        "He moved to the U.S. The visit was short.": ["He moved to the U.S.", "The visit was short."],
        "It is so.... The end came.": ["It is so....", "The end came."],
        "It met in Jan. The rest of the year was quiet.": ["It met in Jan.", "The rest of the year was quiet."],
        "He works for Acme Inc. The firm is old.": ["He works for Acme Inc.", "The firm is old."],
        "He lives in Washington, D.C. The house is old.": [
            "He lives in Washington, D.C.",
            "The house is old.",
        ],
        "Martin Luther King Jr. The name says it.": ["Martin Luther King Jr.", "The name says it."],
        "Vitamin C. It helps.": ["Vitamin C.", "It helps."],
        "قال نعم. ثم ذهب؟ لا.": ["قال نعم.", "ثم ذهب؟", "لا."],
    }
    assert sentences(plain) == known.get(text, expected)


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("The mayor resigned.The council met.", ["The mayor resigned.", "The council met."]),
        ("She left Denny.They stayed.", ["She left Denny.", "They stayed."]),
        ("Like this?Subscribe to it now.", ["Like this?", "Subscribe to it now."]),
        ("He resigned.“It is over,” he said.", ["He resigned.", "“It is over,” he said."]),
        ("The U.S.Army and e.g.Kim came.", ["The U.S.Army and e.g.Kim came."]),
    ],
)
def test_sentences_without_a_space_between_them_are_two(text: str, parts: list[str]) -> None:
    """Two sentences that have lost their space are never one quote; names with points in them stay whole."""
    assert sentences(text) == parts


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("VLADIVOSTOK, Russia (Reuters) - Kim met Putin.", "Kim met Putin."),
        ("VLADIVOSTOK, Russia, April 25, 2019 (Reuters) - Kim met Putin.", "Kim met Putin."),
        ("(CNN) -- Kim met Putin.", "Kim met Putin."),
        ("(CNN)  -- Kim met Putin.", "Kim met Putin."),
        ("LONDON, England (CNN) -- Kim met Putin.", "Kim met Putin."),
        ("Vladivostok (dpa) - Kim met Putin.", "Kim met Putin."),
        ("Vladivostok/Moscow (dpa) – “We met,” he said.", "“We met,” he said."),
        ("SEOUL, April 25 (Yonhap) -- Kim met Putin.", "Kim met Putin."),
        ("WASHINGTON, March 2 - Kim met Putin.", "Kim met Putin."),
        ("MOSCOW (AP) — Kim met Putin.", "Kim met Putin."),
        ("Moscow (AP): Kim met Putin.", "Kim met Putin."),
        ("May 2018, Visitors (thousands): 36; Fines: 8.", "May 2018, Visitors (thousands): 36; Fines: 8."),
        ("New York CNN — Kim met Putin.", "Kim met Putin."),
        ("ST. PETERSBURG, Russia — Kim met Putin.", "Kim met Putin."),
        ("London (CNN) Kim met Putin.", "Kim met Putin."),
        ("Kim met Putin. (dpa)", "Kim met Putin."),
        ("Kim met Putin. (nqna)", "Kim met Putin."),
        ("Kim met Putin. – AP", "Kim met Putin."),
        ("Kim met Putin.\n REUTER", "Kim met Putin."),
        ("Kim met Putin. se/rt (AFP, dpa)", "Kim met Putin."),
        ("• Kim met Putin.", "Kim met Putin."),
        ("> Kim met Putin.", "Kim met Putin."),
        ("- Kim met Putin.", "Kim met Putin."),
        ("Kim - the leader - met Putin.", "Kim - the leader - met Putin."),
        ("NATO — the alliance — met.", "NATO — the alliance — met."),
        ("The North (DPRK) said no.", "The North (DPRK) said no."),
        ("The bank (ATB) closed.", "The bank (ATB) closed."),
        ("U.S. - Russian talks began.", "U.S. - Russian talks began."),
        ("He works for the AP.", "He works for the AP."),
    ],
)
def test_marks_around_a_report_are_not_in_its_sentences(text: str, first: str) -> None:
    """Datelines, closing agency marks and bullets are left out; words in a sentence are not."""
    assert sentences(text) == [first]


@pytest.mark.parametrize(
    "piece",
    [
        ".",
        " ",
        "\n",
        ". ",
        "A. ",
        '"',
        "? ",
        "a",
        "(CNN) -- ",
        "- ",
        "\n ",
        '!"',
        "> ",
        "1. ",
        "...\n\n",
        "é",
        "e.g. ",
    ],
)
def test_a_megabyte_of_anything_is_split_in_linear_time(piece: str) -> None:
    """Four times the text takes at most about four times as long, whatever it repeats."""

    def seconds(size: int) -> float:
        text = piece * (size // len(piece))
        begin = time.process_time()
        sentence_spans(text)
        return time.process_time() - begin

    seconds(1000)
    assert seconds(400_000) < 0.2 + 10 * seconds(100_000)


PROSE = (
    "Kim arrived in Vladivostok on Wednesday by train. He was met by officials with bread and salt. "
    "The two leaders talked for two hours behind closed doors. Nothing was signed at the end of the day. "
)


def article(text: str, *blocks: Block, title: str = "A title") -> Article:
    return Article("0123456789abcdef", title, text, "hash", blocks)


def test_a_section_is_cut_with_one_sentence_of_overlap() -> None:
    """The last sentence of a passage opens the next one, and the heading travels with both."""
    text = "Talks\n" + PROSE * 10
    blocks = (Block(Span(0, 5), "heading"), Block(Span(6, len(text) - 1), "paragraph"))
    passages = SentenceSplitter().split(article(text, *blocks))
    assert len(passages) > 2
    assert {passage.heading for passage in passages} == {"Talks"}
    assert [passage.ordinal for passage in passages] == list(range(len(passages)))
    for one, following in pairwise(passages):
        assert one.sentences[-1] == following.sentences[0]


@pytest.mark.parametrize("kind", ["heading", "caption", "boilerplate", "subtitle"])
def test_a_passage_crosses_nothing_but_prose(kind: str) -> None:
    """A block that is no paragraph ends the passage before it, and is in none."""
    text = "One is here.\nBETWEEN\nTwo is there."
    blocks = (
        Block(Span(0, 12), "paragraph"),
        Block(Span(13, 20), kind),  # type: ignore[arg-type]
        Block(Span(21, 34), "paragraph"),
    )
    assert [passage.text for passage in SentenceSplitter().split(article(text, *blocks))] == [
        "One is here.",
        "Two is there.",
    ]


def test_short_tails_join_the_passage_before() -> None:
    """A rest of one short sentence does not become a passage of its own."""
    text = PROSE * 3 + "That was all."
    passages = SentenceSplitter().split(article(text, Block(Span(0, len(text)), "paragraph")))
    assert passages[-1].text.endswith("That was all.")
    assert len(passages[-1].sentences) > 2


def test_an_overlong_sentence_is_cut_after_a_clause() -> None:
    """A sentence beyond the budget becomes several passages that end after commas or words and lose nothing."""
    text = "and so it went on, as they say, " * 60
    passages = SentenceSplitter().split(article(text, Block(Span(0, len(text)), "paragraph")))
    assert len(passages) > 1
    assert all(passage.text.endswith(",") for passage in passages)
    assert "".join(passage.text.replace(" ", "") for passage in passages) == text.replace(" ", "")


def test_a_counter_with_special_tokens_and_a_long_title_leave_room() -> None:
    """Text, title and special tokens fit `max_tokens` together, up to 48 tokens of title."""

    def count(text: str) -> int:
        return 2 + len(text.split())

    text = PROSE * 30
    title = "word " * 40
    passages = SentenceSplitter(count, 100).split(
        article(text, Block(Span(0, len(text)), "paragraph"), title=title)
    )
    assert max(count(passage.text) + len(title.split()) for passage in passages) <= 100


def test_an_article_without_blocks_is_one_run_of_paragraphs() -> None:
    """Whoever builds an Article by hand gets passages of its whole text."""
    assert [p.text for p in SentenceSplitter().split(article("One. Two.\n\nThree."))] == ["One. Two.\n\nThree."]


def test_passage_ids_come_from_content() -> None:
    """The same article gives the same ids; another text or another place gives others."""
    splitter = SentenceSplitter()
    same = [splitter.split(article("One is here. Two is there."))[0].id for _ in range(2)]
    other = splitter.split(article("One is here. Two is gone."))[0].id
    assert same[0] == same[1] != other
    assert len(same[0]) == 20


def test_too_small_a_limit_is_refused() -> None:
    """A limit that leaves no room beside the title is a mistake in the code that sets it."""
    with pytest.raises(ValueError, match="max_tokens"):
        SentenceSplitter(max_tokens=50)


def test_the_version_names_the_limit() -> None:
    """Another limit cuts differently, so it is another version."""
    assert SentenceSplitter(max_tokens=256).version != SentenceSplitter(max_tokens=128).version


ODD = st.text(
    st.one_of(
        st.sampled_from(list("aB9.!?…,;:-—\"'“”‘’()[]*_#> \n\t\f\v")),
        st.sampled_from(list("\u0301\u200b\u200d\u2028\u2029\u0085\u00a0\u202e\ufe0f\u0640")),
        st.sampled_from(["🙂", "ש", "ع", "漢", "ß", "ǅ", "ﬁ", "é", "\U0010ffff"]),
        st.characters(blacklist_categories=("Cs",)),
    ),
    max_size=400,
)
WORDY = st.lists(
    st.sampled_from(
        [
            "Kim",
            "met",
            "Putin.",
            "The",
            "U.S.",
            "said",
            "“No.”",
            "Why?",
            "\n",
            "\n\n",
            "\n    ",
            "Talks",
            "- ",
            "(dpa)",
            "5",
            "a.m.",
            "—",
            "x" * 90,
            "🙂",
            "\u2028",
        ]
    ),
    max_size=300,
).map(" ".join)


@settings(max_examples=150, deadline=None)
@given(st.one_of(ODD, WORDY), st.booleans())
def test_passages_hold_the_articles_own_characters(text: str, markdown: bool) -> None:
    """Offsets are exact, sentences lie inside in order, every paragraph is covered, and nothing is too long."""
    try:
        read = build_article(text, "/a.txt", markdown=markdown)
    except ArticleError:
        return
    splitter = SentenceSplitter(max_tokens=128)
    passages = splitter.split(read)
    assert passages == splitter.split(read)
    covered: set[int] = set()
    for passage in passages:
        assert read.text[passage.start : passage.end] == passage.text
        assert passage.sentences[0].start == passage.start
        assert passage.sentences[-1].end == passage.end
        assert all(one.end <= following.start for one, following in pairwise(passage.sentences))
        assert words_and_a_bit(passage.text) <= 128
        assert len(passage.text) <= LONGEST_CHARACTERS
        for span in passage.sentences:
            covered.update(range(span.start, span.end))
    for block in read.blocks:
        if block.kind == "paragraph":
            for span in sentence_spans(read.text, block.span.start, block.span.end):
                assert all(i in covered or read.text[i].isspace() for i in range(span.start, span.end))


@settings(max_examples=150, deadline=None)
@given(ODD)
def test_blocks_cover_everything_but_white_space(text: str) -> None:
    """No character of an article's body is in no block, or in two."""
    try:
        read = build_article(text, "/a.txt", markdown=False)
    except ArticleError:
        return
    position = 0
    for block in read.blocks:
        assert not read.text[position : block.span.start].strip()
        assert block.span.start >= position
        assert len(block.span) > 0
        position = block.span.end
    assert not read.text[position:].strip()

"""The command line: what it prints, where, and with which exit code."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

import newsqa
from newsqa import NewsQA
from newsqa.interfaces.cli import _output as output
from newsqa.interfaces.cli import main
from newsqa.types import Answer, Citation, Passage, ScoredPassage, Span
from tests.newsroom import (
    ARTICLES,
    BRIDGE_EVIDENCE,
    BRIDGE_QUESTION,
    ESCAPES,
    UNANSWERED_QUESTION,
    copy_index,
    write_articles,
)


@dataclass(frozen=True, slots=True)
class Run:
    """What a command left: its exit code and the two streams."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Stdout as the JSON value that it is."""
        return json.loads(self.out)


Command = Callable[..., Run]


@pytest.fixture
def command(capsys: pytest.CaptureFixture[str]) -> Command:
    """Runs `newsqa` with arguments, in this process."""

    def run(*arguments: str | Path) -> Run:
        with pytest.raises(SystemExit) as exit_:
            main([str(argument) for argument in arguments])
        streams = capsys.readouterr()
        assert "Traceback" not in streams.err
        code = exit_.value.code
        assert isinstance(code, int)
        return Run(code, streams.out, streams.err)

    return run


@pytest.fixture
def on_newsroom(command: Command, newsroom_index: Path, monkeypatch: pytest.MonkeyPatch) -> Command:
    """Runs `newsqa` on the index of the invented articles."""
    monkeypatch.setenv("NEWSQA_HOME", str(newsroom_index))
    return command


@pytest.fixture
def on_copy(command: Command, newsroom_index: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Command:
    """Runs `newsqa` on a copy of that index, which may be changed."""
    monkeypatch.setenv("NEWSQA_HOME", str(copy_index(newsroom_index, tmp_path / "copy")))
    return command


def test_ask_prints_the_answer_and_its_sources(on_newsroom: Command) -> None:
    """The answer with its marker and how sure it is, then title, source, day, link and quote; exit code 0."""
    run = on_newsroom("ask", BRIDGE_QUESTION)
    assert run.code == 0
    assert run.err == ""
    answer, _, sources = run.out.partition("\n\n")
    assert BRIDGE_EVIDENCE in answer
    assert "[1]" in answer
    assert answer.splitlines()[-1] in {"Well supported.", "Likely.", "Uncertain."}
    assert "[1] Arlen's harbour bridge open again, Coast Courier, 2 March 2019\n" in sources
    assert "\n    https://news.example/arlen-bridge (claimed)\n    “" in sources
    assert BRIDGE_EVIDENCE in sources


def test_ask_json_is_the_answer_as_python_gives_it(on_newsroom: Command, newsroom_index: Path) -> None:
    """`ask --json` prints `Answer.to_dict()`, and its offsets lead to the quote."""
    run = on_newsroom("ask", BRIDGE_QUESTION, "--json")
    assert run.code == 0
    with NewsQA.open(newsroom_index) as qa:
        assert run.json == qa.ask(BRIDGE_QUESTION).to_dict()
        for citation in run.json["citations"]:
            text = qa.article(citation["article_id"]).text
            assert text[citation["start"] : citation["end"]] == citation["quote"]
    assert list(run.json) == [
        "question", "searched_for", "text", "abstained", "missing", "confidence", "citations",
        "model", "notice", "sentences", "outlets", "period", "language", "kind", "support",
    ]  # fmt: skip


def test_ask_shows_the_path_of_an_article_without_a_url(on_newsroom: Command, newsroom: Path) -> None:
    """Where there is no link, the file is named."""
    run = on_newsroom("ask", "Who owns the night ferry to Sund?", "--source", "Island Post")
    assert run.code == 0
    assert f"\n    {newsroom / 'ferry.md'}\n" in run.out


def test_ask_abstains_with_a_code_of_its_own(on_newsroom: Command) -> None:
    """Exit code 3, no citation, and what is missing in words."""
    run = on_newsroom("ask", UNANSWERED_QUESTION)
    assert run.code == 3
    assert run.err == ""
    assert "[1]" not in run.out
    plain = on_newsroom("ask", UNANSWERED_QUESTION, "--json")
    assert plain.code == 3
    assert (plain.json["abstained"], plain.json["citations"]) == (True, [])
    assert plain.json["missing"]
    assert all(missing in run.out for missing in plain.json["missing"])


def test_a_question_needs_no_quotes(on_newsroom: Command) -> None:
    """Words after `ask` are one question."""
    assert on_newsroom("ask", "--json", *BRIDGE_QUESTION.split()).json["question"] == BRIDGE_QUESTION


@pytest.mark.parametrize(
    ("filters", "code"),
    [
        (["--since", "2019-03-02"], 0),
        (["--until", "2019-03-02"], 0),
        (["--source", "Coast Courier"], 0),
        (["--source", "Coast Courier", "--source", "Island Post"], 0),
        (["--since", "2019-03-03"], 3),
        (["--until", "2019-03-01"], 3),
        (["--since", "March 2019", "--until", "Q1 2019"], 0),
        (["--since", "April 2019"], 3),
        (["--source", "Island Post"], 3),
        (["-k", "1"], 0),
    ],
)
def test_ask_keeps_to_its_filters(on_newsroom: Command, filters: list[str], code: int) -> None:
    """Days count as included; an answer outside the filter is not given."""
    assert on_newsroom("ask", BRIDGE_QUESTION, *filters).code == code


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["ask", ""], "question is empty"),
        (["ask", " \n\t "], "question is empty"),
        (["ask", "why? " * 20_000], "99,999 characters"),
        (["ask", "why?", "--since", "someday"], "names no days"),
        (["ask", "why?", "--since", "2019-05-01", "--until", "2019-04-01"], "ends before it begins"),
        (["ask", "why?", "--until", "since March 2019"], "has no end"),
        (["search", ""], "empty"),
        (["articles", "--until", "2019-13-01"], "25.4.2019"),
    ],
)
def test_a_bad_question_is_an_error_in_words(on_newsroom: Command, arguments: list[str], message: str) -> None:
    """Exit code 1, one message on stderr, nothing on stdout."""
    run = on_newsroom(*arguments)
    assert (run.code, run.out) == (1, "")
    assert run.err.startswith("newsqa: ")
    assert message in run.err
    assert len(run.err) < 1000


@pytest.mark.parametrize(
    "arguments",
    [
        ["explain"],
        ["ask"],
        ["ask", "why?", "--color"],
        ["ask", "why?", "-k", "0"],
        ["ingest"],
        ["serve", "--port", "99999"],
        ["evaluate", "no-such-file.jsonl"],
    ],
)
def test_what_is_not_understood_has_exit_code_2(command: Command, arguments: list[str]) -> None:
    """Usage errors go to stderr and touch no index."""
    run = command(*arguments)
    assert (run.code, run.out) == (2, "")
    assert "newsqa" in run.err


@pytest.mark.parametrize(
    ("arguments", "meant"),
    [
        (["list"], "articles"), (["LS"], "articles"), (["rm", "x"], "remove"), (["artcles"], "articles"),
        (["why", "did", "it", "rain?"], "ask"), (["why did it rain?"], "ask"),
    ],
)  # fmt: skip
def test_the_command_that_was_meant_is_named(command: Command, arguments: list[str], meant: str) -> None:
    """A name that other programs use, a slip and a bare question lead to the right command."""
    run = command(*arguments)
    assert run.code == 2
    assert f"Did you mean '{meant}'?" in run.err


@pytest.mark.parametrize(
    ("shell", "typed", "offered"),
    [
        ("bash", {"COMP_WORDS": "newsqa se", "COMP_CWORD": "1"}, ["search", "serve"]),
        ("bash", {"COMP_WORDS": "newsqa ask --la", "COMP_CWORD": "2"}, ["--language"]),
        (
            "fish",
            {"_TYPER_COMPLETE_ARGS": "newsqa token re", "_TYPER_COMPLETE_FISH_ACTION": "get-args"},
            ["revoke"],
        ),
    ],
)
def test_shells_complete_what_is_typed(shell: str, typed: dict[str, str], offered: list[str]) -> None:
    """Commands and options are offered as the shell asks for them."""
    environment = os.environ | typed | {"_NEWSQA_COMPLETE": f"complete_{shell}"}
    code = "from newsqa.interfaces.cli import main; main()"
    run = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True)
    assert [line.split("\t")[0] for line in run.stdout.splitlines()] == offered


def test_version(command: Command) -> None:
    """`--version` prints the package's version."""
    assert command("--version") == Run(0, f"newsqa {newsqa.__version__}\n", "")


def test_the_help_names_every_command(command: Command) -> None:
    """`--help` lists the commands, with whole sentences, and the exit codes."""
    run = command("--help")
    assert run.code == 0
    listed = re.findall(r"^  ([a-z]+)  +[A-Z].*\.$", run.out, re.MULTILINE)
    assert listed == [
        "ingest", "watch", "ask", "chat", "search", "articles", "history", "serve", "mcp", "remove", "check",
        "repair", "evaluate", "token",
    ]  # fmt: skip
    assert "Exit codes" in run.out


@pytest.mark.parametrize("arguments", [["ask", "why?"], ["search", "ferry"], ["chat"]])
def test_without_an_index_the_way_to_one_is_named(
    command: Command, arguments: list[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Before anything is ingested, asking says how to ingest, and makes no folder."""
    monkeypatch.setattr("builtins.input", lambda _="": "why?")
    run = command("--home", tmp_path / "nowhere", *arguments)
    assert (run.code, run.out) == (1, "")
    assert "newsqa ingest" in run.err
    assert not (tmp_path / "nowhere").exists()


@pytest.mark.parametrize("before", [True, False])
def test_home_may_stand_before_or_after_the_command(command: Command, newsroom_index: Path, before: bool) -> None:
    """`--home` chooses the index in either place."""
    home = ["--home", str(newsroom_index)]
    run = command(*(home if before else []), "articles", "--json", *([] if before else home))
    assert len(run.json) == len(ARTICLES)


def test_a_misspelt_setting_is_an_error(on_newsroom: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    """An unknown `NEWSQA_*` variable stops every command that reads settings."""
    monkeypatch.setenv("NEWSQA_TRESHOLD", "0.5")
    run = on_newsroom("articles")
    assert run.code == 1
    assert "NEWSQA_TRESHOLD" in run.err


@pytest.mark.skipif(sys.platform == "win32", reason="closing a stream so is POSIX")
@pytest.mark.parametrize("closed", [">&-", "2>&-", ">&- 2>&-"])
@pytest.mark.parametrize("asked", ["articles", "articles --json", f"ask {BRIDGE_QUESTION!r}", "remove x"])
def test_a_closed_stream_gets_nothing(newsroom_index: Path, asked: str, closed: str) -> None:
    """What is written to a stream that the shell has closed goes nowhere; the rest and the code are as ever."""
    program = f"{sys.executable} -c 'from newsqa.interfaces.cli import main; main()'"
    environment = {**os.environ, "NEWSQA_HOME": str(newsroom_index)}
    whole, cut = (
        subprocess.run(["sh", "-c", f"{program} {asked} {how}"], env=environment, capture_output=True, text=True)
        for how in ("", closed)
    )
    assert cut.returncode == whole.returncode
    assert cut.stdout == ("" if closed.startswith(">") else whole.stdout)
    assert cut.stderr == ("" if "2>" in closed else whole.stderr)


@pytest.mark.skipif(sys.platform == "win32", reason="closing a stream so is POSIX")
def test_a_closed_stdin_is_an_empty_one(newsroom_index: Path) -> None:
    """A chat to which nobody can say anything ends, as with Ctrl-D."""
    command = ["sh", "-c", f"{sys.executable} -c 'from newsqa.interfaces.cli import main; main()' chat <&-"]
    environment = {**os.environ, "NEWSQA_HOME": str(newsroom_index)}
    run = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert (run.returncode, run.stdout) == (0, "")
    assert "Traceback" not in run.stderr


def test_search_lists_the_best_passages(on_newsroom: Command) -> None:
    """Best first, at most `-k`, as text with the article or as `ScoredPassage.to_dict()`."""
    run = on_newsroom("search", "cracks in the bridge", "--json", "-k", "3")
    assert run.code == 0
    scores = [hit["score"] for hit in run.json]
    assert 1 <= len(scores) <= 3
    assert scores == sorted(scores, reverse=True)
    assert BRIDGE_EVIDENCE in " ".join(run.json[0]["text"].split())
    text = on_newsroom("search", "cracks", "in", "the", "bridge", "-k", "3").out
    assert text.startswith("1. Arlen's harbour bridge open again, Coast Courier, 2 March 2019")
    assert f"\n    {' '.join(run.json[0]['text'].split())}\n" in text


def test_search_says_when_nothing_is_left(on_newsroom: Command) -> None:
    """A filter that leaves nothing is not an error."""
    run = on_newsroom("search", "bridge", "--source", "Nobody's Gazette")
    assert (run.code, run.out) == (0, "")
    assert "No passage" in run.err
    assert on_newsroom("search", "bridge", "--source", "Nobody's Gazette", "--json").json == []


def test_articles_are_lines_for_a_program(on_newsroom: Command) -> None:
    """Into a pipe: day, source, title, words, id and author, separated by tabs, newest first."""
    run = on_newsroom("articles")
    rows = [line.split("\t") for line in run.out.splitlines()]
    summaries = on_newsroom("articles", "--json").json
    assert rows == [
        [row["published"] or "", row["source"], row["title"], str(row["words"]), row["id"], row["author"]]
        for row in summaries
    ]
    assert [row[2] for row in rows[:2]] == ["Arlen's harbour bridge open again", "Night ferry to Sund stops"]
    only = on_newsroom("articles", "--json", "--source", "Island Post").json
    assert [row["title"] for row in only] == ["Night ferry to Sund stops"]


def test_ingest_again_is_a_no_op(on_copy: Command, newsroom: Path) -> None:
    """What is already in stays as it is."""
    run = on_copy("ingest", newsroom, "--json")
    assert (run.code, run.err) == (0, "")
    counts = {"added": 0, "updated": 0, "same": 3, "removed": 0, "passages": 0}
    ids = {one["id"] for one in on_copy("articles", "--json").json}
    report = run.json
    assert set(report.pop("article_ids")) == ids
    assert report == counts | {"failed": [], "interrupted": False, "notes": []}
    assert on_copy("ingest", newsroom).out == "0 added, 0 updated, 3 unchanged; 0 passages written.\n"


def test_a_bad_file_does_not_stop_the_others(command: Command, tmp_path: Path) -> None:
    """Exit code 1, every failure with its reason on stderr, and the rest is in."""
    folder = write_articles(tmp_path / "in")
    (folder / "binary.txt").write_bytes(bytes(range(256)) * 8)
    (folder / "empty.md").write_text("")
    (folder / "broken.md").write_text("---\ntitle: [no end\n---\nText.\n")
    run = command("ingest", folder, tmp_path / "missing", "--json")
    assert run.code == 1
    assert run.json["added"] == 3
    failed = {Path(failure["name"]).name for failure in run.json["failed"]}
    assert failed == {"binary.txt", "empty.md", "broken.md", "missing"}
    lines = run.err.splitlines()
    assert len(lines) == 4
    assert all(line.startswith("newsqa: ") for line in lines)
    assert len(command("articles").out.splitlines()) == 3


def test_prune_removes_what_is_gone(command: Command, tmp_path: Path) -> None:
    """`--prune` removes the articles whose file has left the folder, and only then."""
    folder = write_articles(tmp_path / "in")
    assert command("ingest", folder).code == 0
    (folder / "library.txt").unlink()
    assert command("ingest", folder, "--json").json["removed"] == 0
    assert command("ingest", folder, "--prune").out.startswith("0 added, 0 updated, 2 unchanged, 1 removed;")
    assert len(command("articles").out.splitlines()) == 2


def test_an_index_in_a_folder_of_articles_is_passed_over(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What newsqa keeps for itself is no article, and an empty path is not the present folder."""
    folder = write_articles(tmp_path / "in")
    monkeypatch.setenv("NEWSQA_HOME", str(folder / "index"))
    for count in ("3 added, 0 updated, 0 unchanged;", "0 added, 0 updated, 3 unchanged;"):
        run = command("ingest", folder)
        assert (run.code, run.err) == (0, "")
        assert run.out.startswith(count)
    monkeypatch.chdir(folder)
    run = command("ingest", "", "--prune")
    assert run.code == 1
    assert "A path is empty" in run.err


@pytest.mark.parametrize("arguments", [("ingest", "~no-such-user/x"), ("articles", "--home", "~no-such-user/x")])
def test_a_folder_of_a_user_there_is_not(command: Command, arguments: tuple[str, ...]) -> None:
    """It is told in words, as any other folder that is not there."""
    run = command(*arguments)
    assert run.code == 1
    assert "no-such-user" in run.err


def test_another_day_of_the_last_change_is_a_change(command: Command, tmp_path: Path) -> None:
    """What an article says of when it was changed is shown, so it is brought in anew with it."""
    file = tmp_path / "a.md"
    for day, status in (("05", "added"), ("05", "same"), ("07", "updated")):
        head = f"---\ntitle: Bridge\npublished: 2020-01-01\nupdated: 2020-01-{day}\n---\n\n"
        file.write_text(f"{head}The bridge was opened on Monday by the mayor.\n")
        assert command("ingest", file, "--json").json[status] == 1
    (article,) = command("articles", "--json").json
    with NewsQA.open() as qa:
        assert str(qa.article(article["id"]).updated) == "2020-01-07"


def test_prune_knows_files_of_odd_names(command: Command, tmp_path: Path) -> None:
    """A name that is shown spelled out, as it is no text or would not be seen, is that of a file that is there."""
    folder = tmp_path / "in\u00a0it"
    folder.mkdir()
    names = [b"plain.txt", "no\u00a0break.txt".encode(), "\U0001f468\u200d\U0001f469.txt".encode(), b"caf\xe9.txt"]
    if sys.platform != "linux":  # others want names to be text
        names.pop()
    for number, name in enumerate(names):
        (folder / os.fsdecode(name)).write_text(
            f"Item {number}\n\nThe bridge of town {number} was opened on Monday."
        )
    for said in (f"{len(names)} added, 0 updated, 0 unchanged;", f"0 added, 0 updated, {len(names)} unchanged;"):
        assert command("ingest", folder, "--prune").out.startswith(said)
    assert command("history", folder / os.fsdecode(names[1])).code == 0
    (folder / os.fsdecode(names[1])).unlink()
    assert command("ingest", folder, "--prune").out.startswith(
        f"0 added, 0 updated, {len(names) - 1} unchanged, 1 removed;"
    )


@pytest.mark.parametrize("arguments", [["ingest"], ["watch", "--rounds", "1"]])
def test_an_address_of_another_kind_is_told_of_as_one(command: Command, arguments: list[str]) -> None:
    """It is not taken for a path; what is fetched is said, and the exit code is 1."""
    run = command(*arguments, "ftp://news.example/a.html", "--json")
    assert run.code == 1
    (failure,) = run.json["failed"]
    assert failure["name"] == "ftp://news.example/a.html"
    assert "Give an address that begins with http:// or https://." in failure["reason"]


@pytest.mark.parametrize("how", [[], ["--json"]])
def test_watching_what_cannot_be_read_is_an_error(command: Command, tmp_path: Path, how: list[str]) -> None:
    """Exit code 1 if no round read anything; with one target that can be read, unchanged or not, it is 0."""
    run = command("watch", tmp_path / "nope", "--rounds", "1", *how)
    assert run.code == 1
    assert "Ended after 1 round: 0 added, 0 updated, 1 failed." in run.err
    (tmp_path / "ferry.txt").write_text("The ferry to the island was late. " * 9)
    for _ in range(2):
        assert command("watch", tmp_path / "ferry.txt", tmp_path / "nope", "--rounds", "1", *how).code == 0


def test_remove_by_id(on_copy: Command) -> None:
    """An article is removed by the id that `articles` lists; an unknown id is an error that is told."""
    gone = on_copy("articles", "--json").json[0]
    assert on_copy("remove", gone["id"]) == Run(0, "1 article removed.\n", "")
    assert gone not in on_copy("articles", "--json").json
    run = on_copy("remove", gone["id"])
    assert run.code == 1
    assert "newsqa articles" in run.err


def test_remove_names_the_bad_id_and_removes_nothing_else(on_copy: Command) -> None:
    """One id that is not there stops the whole command, so that nothing goes without being told."""
    there = on_copy("articles", "--json").json
    run = on_copy("remove", there[0]["id"], "0123456789abcdef", "ferry\x1b[2J")
    assert (run.code, run.out) == (1, "")
    assert "'0123456789abcdef', 'ferry" in run.err
    assert there[0]["id"] not in run.err
    assert on_copy("articles", "--json").json == there


@pytest.mark.parametrize("name", ["~no-such-user/x", "x" * 300, "caf\udce9.txt", "~caf\udce9"])
def test_a_name_that_can_be_none_is_no_article(on_newsroom: Command, name: str) -> None:
    """Of a user that is not there, longer than a file's may be, or no UTF-8: told as of any other, in words."""
    for words in ("history", "remove"):
        run = on_newsroom(words, name)
        assert (run.code, run.out) == (1, "")
        assert run.err.startswith("newsqa: There is no article ")
        assert "`newsqa articles` lists those there are" in run.err


def test_check_and_repair(on_copy: Command) -> None:
    """A sound index says so; both commands print the report, and JSON of it."""
    run = on_copy("check")
    assert run.code == 0
    assert run.out.startswith("3 articles, ")
    assert run.out.endswith("The index is sound.\n")
    report = on_copy("check", "--json").json
    assert report["sound"] is True
    assert report["articles"] == 3
    assert report["passages"] == report["vectors"] == report["words"] > 0
    assert on_copy("repair", "--json").json == report
    assert on_copy("repair", "--rebuild", "--json").json == report


def say_to_chat(monkeypatch: pytest.MonkeyPatch, *lines: str) -> None:
    """Has someone type lines, then Ctrl-D."""
    typed = iter(lines)

    def read(_prompt: str = "") -> str:
        try:
            return next(typed)
        except StopIteration:
            raise EOFError from None

    monkeypatch.setattr("builtins.input", read)


def test_chat_remembers(on_newsroom: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    """A follow-up takes its subject from the question before, and chat says what it searched for."""
    say_to_chat(monkeypatch, "When did the harbour bridge reopen?", "And why was it closed?")
    run = on_newsroom("chat")
    assert run.code == 0
    assert "reopened on Saturday" in run.out
    assert BRIDGE_EVIDENCE in run.out
    assert run.err.count("Searched for: ") == 1


def test_chat_forgets_when_told(on_newsroom: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    """After `/new` a follow-up has no subject to take."""
    say_to_chat(monkeypatch, "When did the harbour bridge reopen?", "/new", "And why was it closed?")
    assert "Searched for" not in on_newsroom("chat").err


def test_chat_goes_on_after_a_mistake(on_newsroom: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    """A question too long, an empty line and an unknown command do not end the conversation; `/quit` does."""
    say_to_chat(monkeypatch, "x" * 5_000, "", "/what", BRIDGE_QUESTION, "/quit", "never read")
    run = on_newsroom("chat")
    assert run.code == 0
    assert "Shorten it" in run.err
    assert "/quit" in run.err
    assert run.out.count(BRIDGE_EVIDENCE) == 2  # in the answer, and in the quote


@pytest.mark.parametrize("word", ["quit", "exit", "/exit", "QUIT"])
def test_chat_ends_without_the_slash_too(on_newsroom: Command, monkeypatch: pytest.MonkeyPatch, word: str) -> None:
    """The words that someone tries first end a chat, and `help` helps."""
    say_to_chat(monkeypatch, "help", "/help", word, BRIDGE_QUESTION)
    run = on_newsroom("chat")
    assert (run.code, run.out) == (0, "")
    assert run.err.count("/quit") == 2


def test_evaluate_prints_figures(on_newsroom: Command, tmp_path: Path) -> None:
    """The figures of a file of questions, as a table or as JSON."""
    rows = [
        {"question": BRIDGE_QUESTION, "evidence": [BRIDGE_EVIDENCE], "articles": ["bridge"]},
        {"question": UNANSWERED_QUESTION, "answerable": False},
    ]
    file = tmp_path / "questions.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    run = on_newsroom("evaluate", file, "--json")
    assert run.code == 0
    figures = run.json["figures"]
    assert (figures["questions"], figures["right sentence cited"], figures["refused, unanswerable"]) == (2, 1, 1)
    assert "right sentence cited" in on_newsroom("evaluate", file).out
    file.write_text("no question\n")
    assert on_newsroom("evaluate", file).code == 1


DANGEROUS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def test_an_article_cannot_command_the_terminal(command: Command, tmp_path: Path) -> None:
    """Escape sequences and rich markup that a file brings in are shown as harmless text, by every command."""
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "storm.md").write_text(
        '---\ntitle: "Storm \\e[31mwarning\\e]0;owned\\a [bold]now[/bold]"\nsource: "Coast\\e[2J Courier"\n---\n'
        "The storm\u202e reached Arlen on Sunday [red]evening[/red]. It tore the roof off the harbour hall.\n",
        encoding="utf-8",
    )
    assert command("ingest", folder).code == 0
    question = "When did the storm reach Arlen?"
    for arguments in (["ask", question], ["search", question], ["articles"]):
        for run in (command(*arguments), command(*arguments, "--json")):
            assert "Coast" in run.out
            assert DANGEROUS.findall(run.out + run.err) == []
    assert "[bold]now[/bold]" in command("articles").out
    assert "[red]evening[/red]" in command("search", question).out


def test_nothing_is_printed_raw(capsys: pytest.CaptureFixture[str]) -> None:
    """Whatever stands in an answer's fields, stdout gets no control character; JSON keeps it, escaped."""
    passage = Passage(
        "p",
        "a",
        f"Rain{ESCAPES} fell.",
        0,
        20,
        (),
        title=f"Rain{ESCAPES}",
        source=ESCAPES,
        url=f"https://x/{ESCAPES}",
    )
    citation = Citation(1, passage.text, 0, 20, passage, (Span(0, 6),))
    answer = Answer("?", "?", f"Rain{ESCAPES} fell. [1]", False, 1.0, (citation,))
    abstained = Answer("?", "?", f"No{ESCAPES}.", True, 0.0, (), (f"No{ESCAPES}",), (ScoredPassage(passage, 1.0),))
    output.say_answer(answer, {"a": f"/srv/{ESCAPES}"})
    output.say_answer(abstained, {})
    output.say_passages([ScoredPassage(passage, 1.0)], f"rain{ESCAPES}")
    output.say_table(["title"], [[f"Rain{ESCAPES}\ta"]])
    output.note(ESCAPES)
    shown = capsys.readouterr()
    assert DANGEROUS.findall(shown.out + shown.err) == []
    assert "Rain" in shown.out
    value = {"text": f"Rain{ESCAPES}\ud800", "ünïcode": "“quoted”"}
    output.say_json(value)
    written = capsys.readouterr().out
    assert DANGEROUS.findall(written) == []
    assert "“quoted”" in written
    assert json.loads(written) == value

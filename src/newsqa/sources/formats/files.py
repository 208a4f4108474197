"""Files to text: finding them, reading them within bounds, and decoding them."""

from __future__ import annotations

import codecs
import io
import os
import re
import stat
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from newsqa.errors import ArticleError
from newsqa.files import CATALOGUE
from newsqa.sources.formats.registry import UNREAD, describe_nothing, describe_unread, is_known
from newsqa.text.normal import tidy

BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
"""How a text may begin, and the encoding that it then has."""
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f]")
_SAVE = "Save it as plain text in UTF-8."


def find_files(paths: Iterable[Path], *, any_name: bool = False) -> Iterator[Path | tuple[Path, str]]:
    """The article files among `paths` and in their folders, each once; `(path, reason)` for a fault.

    Inside a folder, in the order of names, hidden files and files of other kinds are passed over; documents that
    are not read are faults, and so is a folder with nothing else, and a link that leaves it. A file that is named
    directly must be of a known kind, unless `any_name`.
    """
    seen: set[Path] = set()
    for path in paths:
        for found in _find(path, any_name):
            if isinstance(found, tuple):
                yield found
                continue
            real = found.resolve()
            if real not in seen:
                seen.add(real)
                yield found


def _find(path: Path, any_name: bool) -> Iterator[Path | tuple[Path, str]]:
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        yield path, "There is no such file or folder. Check the path."
    except (OSError, ValueError) as error:
        yield path, _reason(error)
    else:
        if stat.S_ISDIR(mode):
            yield from _walk(path)
        elif not stat.S_ISREG(mode):
            yield path, "It is neither a file nor a folder. Name an article file, or a folder with articles."
        elif not (any_name or is_known(path.name)):
            yield path, describe_unread()
        else:
            yield path


def _walk(folder: Path) -> Iterator[Path | tuple[Path, str]]:
    root = folder.resolve()
    waiting = [folder]
    found = False
    others: list[str] = []
    while waiting:
        entry = waiting.pop()
        try:
            if entry is not folder and entry.is_symlink():
                target = entry.resolve(strict=True)
                if not target.is_relative_to(root):
                    yield entry, "This link leaves the folder, so it is not followed. Name its target directly."
                elif target.is_file() and is_known(entry.name):
                    found = True
                    yield entry
            elif entry.is_dir():
                inside = sorted(entry.iterdir(), key=lambda one: os.fsencode(one.name), reverse=True)
                if entry is folder or not (entry / CATALOGUE).is_file():  # newsqa's own files are no articles
                    waiting.extend(one for one in inside if not one.name.startswith("."))
            elif not entry.is_file():
                continue
            elif is_known(entry.name):
                found = True
                yield entry
            elif entry.suffix.lower() in UNREAD:
                found = True
                yield entry, describe_unread()
            else:
                others.append(entry.suffix.lower())
        except FileNotFoundError:
            yield entry, "This link leads nowhere. Remove it, or restore its target."
        except (OSError, RuntimeError) as error:
            yield entry, _reason(error)
    if others and not found:
        yield folder, describe_nothing("folder", others)


@contextmanager
def open_regular(path: Path) -> Iterator[io.BufferedReader]:
    """A regular file, opened for reading; what goes wrong with it raises `ArticleError`."""
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)
    try:
        descriptor = os.open(path, flags)
        with os.fdopen(descriptor, "rb") as file:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise ArticleError("It is not a regular file. Name an article file.")
            yield file
    except FileNotFoundError as error:
        raise ArticleError("The file has gone. Check the path.") from error
    except (OSError, ValueError) as error:
        raise ArticleError(_reason(error)) from error


def too_large(size: int, max_bytes: int) -> ArticleError:
    """The error for a file of `size` bytes, more than `max_bytes`."""
    return ArticleError(
        f"The file has {size / 1_000_000:.1f} MB; files up to {max_bytes / 1_000_000:g} MB are read. "
        "Split it into one file for each article, or raise NEWSQA_MAX_FILE_MB."
    )


def decode(data: bytes) -> str:
    """Tidy text by byte order mark, else UTF-8, else Windows-1252 if that makes sense; raises `ArticleError`."""
    if not data.strip():
        raise ArticleError("The file is empty. Add the article's text, or leave the file out.")
    text = _decode(data)
    control = _CONTROL.search(text)
    if control:
        line = text.count("\n", 0, control.start()) + 1
        raise ArticleError(f"The file is not text: line {line} has a control character. {_SAVE}")
    return tidy(text.replace("\r\n", "\n").replace("\r", "\n"))


def _decode(data: bytes) -> str:
    for mark, encoding in BYTE_ORDER_MARKS:
        if data.startswith(mark):
            try:
                return data[len(mark) :].decode(encoding)
            except UnicodeDecodeError as error:
                raise ArticleError(f"The file says that it is {encoding.upper()}, but is not. {_SAVE}") from error
    if b"\0" in data:
        raise ArticleError(f"The file is binary, not text. {_SAVE}")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as utf8:
        try:
            text = data.decode("cp1252")
        except UnicodeDecodeError:
            text = ""
        high = [one for one in text if not one.isascii()]
        letters = sum(one.isalpha() or one in "‘’“”–—…€£°§«»©®½\xa0" for one in high)
        if not text or len(high) > 0.3 * len(text) or letters < 0.8 * len(high):
            place = f"byte {utf8.start}"
            raise ArticleError(f"The file is neither UTF-8 nor Windows-1252 text ({place}). {_SAVE}") from utf8
        return text


def _reason(error: Exception) -> str:
    if isinstance(error, PermissionError):
        return "No permission to read it. Change its permissions, or leave it out."
    said = (error.strerror if isinstance(error, OSError) else None) or str(error) or type(error).__name__
    return f"It cannot be read ({said}). Check the path."

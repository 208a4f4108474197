"""A terminal of a chosen width in which the `newsqa` command runs, as someone sits before it."""

from __future__ import annotations

import math
import os
import re
import select
import signal
import sys
import time
from dataclasses import dataclass
from pathlib import Path

_CODE = "from newsqa.interfaces.cli import main; main()"
_SEQUENCE = re.compile(r"\x1b\[[\d;?]*[A-Za-z]|\x1b\]8;[^\x1b]*\x1b\\")
_LONGEST = 180.0
"""Seconds that a command may take."""
_INTERRUPT = "\x03"
_PRESSED_AGAIN = 10.0
"""Seconds until Ctrl-C is pressed again: readline misses one just before it waits."""


@dataclass(frozen=True, slots=True)
class Screen:
    """What a command wrote to its terminal, and its exit code."""

    raw: str
    code: int

    @property
    def text(self) -> str:
        """What can be read of it, without colours and links."""
        return _SEQUENCE.sub("", self.raw).replace("\r\n", "\n")

    @property
    def links(self) -> dict[str, str]:
        """What is a link, and where it leads."""
        found = re.findall(r"\x1b\]8;[^;]*;([^\x1b]+)\x1b\\(.*?)\x1b\]8;;\x1b\\", self.raw)
        return {_SEQUENCE.sub("", text): target for target, text in found}

    @property
    def bold(self) -> list[str]:
        """What is in bold, in order."""
        return re.findall(r"\x1b\[1m(.*?)\x1b\[0m", self.raw)


def run(
    home: Path,
    *arguments: str | Path,
    columns: int = 80,
    typed: tuple[tuple[str, str], ...] = (),
    code: str = _CODE,
    **variables: str,
) -> Screen:
    """Run `newsqa`, or other code, in a terminal; of `typed`, each is what to wait for and what is then typed.

    `variables` are added to the environment.
    """
    import fcntl
    import pty
    import struct
    import termios

    pid, terminal = pty.fork()
    if pid == 0:
        fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))
        environment = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "COLUMNS")}
        environment |= {"TERM": "xterm-256color", "NEWSQA_HOME": str(home)} | variables
        signal.signal(signal.SIGINT, signal.SIG_DFL)  # what is started in the background may ignore it
        os.execve(sys.executable, [sys.executable, "-c", code, *map(str, arguments)], environment)  # noqa: S606
    raw, seen, waiting = b"", 0, list(typed)
    end, again = time.monotonic() + _LONGEST, math.inf
    while time.monotonic() < end:
        if waiting and (place := raw.find(waiting[0][0].encode(), seen)) >= 0:
            seen = place + len(waiting[0][0].encode())
            keys = waiting.pop(0)[1]
            os.write(terminal, keys.encode())
            again = time.monotonic() + _PRESSED_AGAIN if keys == _INTERRUPT else math.inf
        if time.monotonic() > again:
            os.write(terminal, _INTERRUPT.encode())
            again += _PRESSED_AGAIN
        if not select.select([terminal], [], [], 0.2)[0]:
            continue
        try:
            part = os.read(terminal, 65536)
        except OSError:  # Linux's way to say that the other end is closed
            part = b""
        if not part:
            break
        raw += part
    else:
        os.kill(pid, signal.SIGKILL)
    os.close(terminal)
    return Screen(raw.decode(), os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))

"""Bearer tokens: made at random, shown once, kept as SHA-256 with the index, compared in constant time.

A token is `nqa_ID_SECRET`. The id finds its entry; the secret has 256 random bits, so that a fast hash is enough.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import secrets
import threading
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from newsqa.errors import SettingsError
from newsqa.files import write_whole

if TYPE_CHECKING:
    from newsqa.settings import Settings

_FILE = "tokens.json"
_FORM = re.compile(r"nqa_([0-9a-f]{8})_([A-Za-z0-9_-]{43})")
_NAME = re.compile(r"[\w.@ -]{1,60}")
_NOBODY = hashlib.sha256(b"nobody").hexdigest()


@dataclass(frozen=True, slots=True)
class Token:
    """What is kept of a token: whose it is, the hash of its secret, what it allows and until when (UTC)."""

    id: str
    name: str
    sha256: str
    write: bool
    created: str
    expires: str = ""

    @property
    def expired(self) -> bool:
        """Whether its time is over."""
        return bool(self.expires) and datetime.fromisoformat(self.expires) <= datetime.now(UTC)


class TokenStore:
    """The tokens of one index folder. A change by another process is seen by the next look."""

    def __init__(self, home: Path) -> None:
        self.path = home.expanduser() / _FILE
        self._lock = threading.Lock()
        self._stamp: tuple[int, int, int] | None = None
        self._tokens: tuple[Token, ...] = ()

    @classmethod
    def of(cls, settings: Settings) -> TokenStore:
        """The tokens of the index that the settings name: those of its database, if several servers share it."""
        if settings.database_url is None:
            return TokenStore(settings.home)
        from newsqa.interfaces.access._shared import SharedTokenStore
        from newsqa.store.postgres import Database
        from newsqa.store.servers import database_url

        return SharedTokenStore(Database(database_url(settings)), settings.home)

    def all(self) -> tuple[Token, ...]:
        """The tokens, oldest first; raises `SettingsError` for a file that cannot be read."""
        with self._lock:
            try:
                status = self.path.stat()
            except FileNotFoundError:
                self._stamp, self._tokens = None, ()
                return ()
            except OSError as error:
                raise self._read_error() from error
            stamp = (status.st_mtime_ns, status.st_ino, status.st_size)
            if stamp != self._stamp:
                self._tokens, self._stamp = self._read(), stamp
            return self._tokens

    def new(self, name: str, *, write: bool = False, days: int | None = None) -> str:
        """Make a token and return it; only its hash is kept. Raises `SettingsError` for a name that is taken."""
        name = " ".join(name.split())
        if not _NAME.fullmatch(name):
            raise SettingsError("A token's name has 1 to 60 letters, digits, spaces and . @ _ -. Choose another.")
        if days is not None and not 1 <= days <= 3650:
            raise SettingsError("A token lives 1 to 3,650 days. Choose a number in that range.")
        with self._edit() as tokens:
            if any(token.name == name for token in tokens):
                raise SettingsError(f"There is a token called {name} already. Choose another name, or revoke it.")
            key, secret = secrets.token_hex(4), secrets.token_urlsafe(32)
            now = datetime.now(UTC).replace(microsecond=0)
            expires = (now + timedelta(days=days)).isoformat() if days is not None else ""
            tokens.append(Token(key, name, _hash(secret), write, now.isoformat(), expires))
        return f"nqa_{key}_{secret}"

    def revoke(self, name: str) -> None:
        """Forget the token of that name or id; raises `SettingsError` if there is none."""
        with self._edit() as tokens:
            left = [token for token in tokens if name not in (token.name, token.id)]
            if len(left) == len(tokens):
                raise SettingsError(f"There is no token {name[:60]}. `newsqa token list` names those there are.")
            tokens[:] = left

    def find(self, given: str) -> Token | None:
        """The token that `given` is, if it still holds; takes the same time whatever is wrong with it."""
        match = _FORM.fullmatch(given)
        key, secret = (match[1], match[2]) if match else ("", given[:100])
        token = next((one for one in self.all() if one.id == key), None)
        same = hmac.compare_digest(_hash(secret), token.sha256 if token else _NOBODY)
        return token if token and same and not token.expired else None

    def find_by_id(self, token_id: str) -> Token | None:
        """The token of that id, if it still holds."""
        return next((one for one in self.all() if one.id == token_id and not one.expired), None)

    def close(self) -> None:
        """Lets go of what it holds."""

    def _read(self) -> tuple[Token, ...]:
        try:
            entries = json.loads(self.path.read_text(encoding="utf-8"))["tokens"]
            tokens = tuple(Token(**entry) for entry in entries)
            for token in tokens:
                _ = token.expired
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise self._read_error() from error
        return tokens

    def _read_error(self) -> SettingsError:
        return SettingsError(
            f"The tokens in {self.path} cannot be read, so nobody is let in. Mend the file or its permissions, "
            "or delete it and make new tokens with `newsqa token new NAME`."
        )

    def _edit(self) -> Any:
        return _FileEdit(self)

    def write(self, tokens: Sequence[Token]) -> None:
        """Replace the file in one step; only its owner may read it."""
        text = json.dumps({"tokens": [asdict(token) for token in tokens]}, indent=1)
        try:
            write_whole(self.path, text + "\n")
        except OSError as error:
            raise self._write_error(error) from error

    def _write_error(self, error: OSError) -> SettingsError:
        return SettingsError(
            f"The tokens cannot be kept in {self.path.parent} ({error.strerror}). Make the folder writable, then "
            "try again."
        )


class _FileEdit:
    """The tokens as a list to be changed, by one process at a time; written when the block ends well."""

    def __init__(self, store: TokenStore) -> None:
        from filelock import FileLock

        self._store = store
        self._lock = FileLock(store.path.with_suffix(".lock"), timeout=20, mode=0o600)

    def __enter__(self) -> list[Token]:
        try:
            self._store.path.parent.mkdir(0o700, parents=True, exist_ok=True)
            self._lock.acquire()
        except OSError as error:
            raise self._store._write_error(error) from error
        try:
            self._tokens = list(self._store.all())
        except BaseException:
            self._lock.release()
            raise
        return self._tokens

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        try:
            if kind is None:
                self._store.write(self._tokens)
        finally:
            self._lock.release()


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()

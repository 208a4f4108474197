"""Ray as newsqa uses it: quiet, closed to others where it is our own, and with errors that say what to do."""

from __future__ import annotations

import logging
import os
import secrets
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from newsqa.errors import ClusterError, SettingsError

_OBJECT_STORE_BYTES = 256 * 1024 * 1024
_REACH_SECONDS = 10


@contextmanager
def connected() -> Iterator[Any]:
    """The module `ray`, connected: to the cluster that this process has, that of RAY_ADDRESS, or one of its own.

    Raises `SettingsError` where Ray is not installed, `ClusterError` where it cannot be reached or stops working.
    """
    ray = _ray()
    ours = not ray.is_initialized()
    if ours:
        _connect(ray)
    try:
        yield ray
    except ray.exceptions.RayError as error:
        raise ClusterError(
            f"The Ray cluster stopped working ({_find_cause(error)}). What is in stays in; look at the cluster "
            "with `ray status`, and run the same command again."
        ) from error
    finally:
        if ours:
            ray.shutdown()


def _ray() -> Any:
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    os.environ.setdefault("RAY_ENABLE_AUTO_CONNECT", "0")  # a thread of Ray Data must not start Ray again
    os.environ.setdefault("RAY_BACKEND_LOG_LEVEL", "fatal")  # what goes wrong is raised
    if "RAY_ADDRESS" not in os.environ and "RAY_AUTH_MODE" not in os.environ:
        os.environ |= {
            "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0",  # everywhere it means: stay on the loopback interface
            "RAY_AUTH_MODE": "token",  # and even there, only this process and its workers may speak to it
            "RAY_AUTH_TOKEN": secrets.token_hex(32),
        }
    try:
        import ray
        import ray.data
    except ImportError as error:
        raise SettingsError(
            "The engine ray needs Ray Data, which is not installed. Install it with: pip install 'newsqa[ray]'"
        ) from error
    return ray


def _connect(ray: Any) -> None:
    address = os.environ.get("RAY_ADDRESS", "local")
    host, _, port = address.removeprefix("ray://").rpartition(":")
    alone = {"include_dashboard": False, "object_store_memory": _OBJECT_STORE_BYTES} if address == "local" else {}
    try:
        if host and port.isdecimal():  # Ray itself would try for minutes
            socket.create_connection((host.strip("[]"), int(port)), timeout=_REACH_SECONDS).close()
        with _silent():
            ray.init(address=address, logging_level=logging.ERROR, log_to_driver=False, **alone)
    except Exception as error:  # Ray raises errors of many kinds
        raise ClusterError(
            f"No Ray cluster can be reached at {address!r} ({_find_cause(error)}). Correct RAY_ADDRESS, or unset "
            "it to use this machine alone."
        ) from error


@contextmanager
def _silent() -> Iterator[None]:
    """Nothing is written to the standard error, not by libraries in other languages either."""
    sys.stderr.flush()
    kept, nothing = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nothing, 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nothing)


def _find_cause(error: Exception) -> str:
    """Where Ray says what happened: its errors end with the cause, after long traces."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return (lines[-1] if lines else type(error).__name__)[:200].rstrip(".")

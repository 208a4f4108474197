"""Who may use a server, and how much: tokens, sessions, limits, and the guard in front of every request."""

from __future__ import annotations

from newsqa.interfaces.access.guard import Guard
from newsqa.interfaces.access.policy import Policy, check_exposure
from newsqa.interfaces.access.tokens import Token, TokenStore

__all__ = ["Guard", "Policy", "Token", "TokenStore", "check_exposure"]

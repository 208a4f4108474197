"""The commands of `newsqa token`: `new`, `list` and `revoke`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from newsqa.interfaces.cli import _output as output
from newsqa.interfaces.cli._options import Home, Json

if TYPE_CHECKING:
    from pathlib import Path

    from newsqa.interfaces.access.tokens import TokenStore

app = typer.Typer(
    no_args_is_help=True,
    help="Make and revoke the tokens that let people and programs in.",
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.command()
def new(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="Whose it is; shown in lists and logs.")],
    write: Annotated[bool, typer.Option("--write", help="Allow to add and delete articles, too.")] = False,
    days: Annotated[
        int | None,
        typer.Option("--days", min=1, max=3650, help="How long it holds; default: for ever."),
    ] = None,
    home: Home = None,
) -> None:
    """Make a token and print it. It is shown only now: what is kept is its hash."""
    output.say(_store(context, home).new(name, write=write, days=days))
    output.note(
        "Keep it, it is not shown again. Send it as “Authorization: Bearer …”, or log in to the page with it."
    )


@app.command("list")
def list_tokens(context: typer.Context, json: Json = False, home: Home = None) -> None:
    """List the tokens; their secrets are not kept."""
    tokens = _store(context, home).all()
    if json:
        fields = ("id", "name", "write", "created", "expires", "expired")
        output.say_json([{field: getattr(token, field) for field in fields} for token in tokens])
        return
    output.say_table(
        ("id", "name", "may", "created", "expires"),
        (
            (
                token.id,
                token.name,
                "read and write" if token.write else "read",
                token.created[:10],
                "expired" if token.expired else token.expires[:10],
            )
            for token in tokens
        ),
    )
    if not tokens:
        output.note("No tokens. Make one with: newsqa token new NAME")


@app.command()
def revoke(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="The token's name or id.")],
    home: Home = None,
) -> None:
    """Revoke a token. A running server turns it away at once."""
    _store(context, home).revoke(name)
    output.say("Revoked.")


def _store(context: typer.Context, home: Path | None) -> TokenStore:
    from newsqa.interfaces.access.tokens import TokenStore
    from newsqa.settings import Settings

    return TokenStore.of(Settings.load(home=home or context.find_root().obj))

"""The command that shows a post before it goes out: `preview`."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.context import CommandError, made, settings, store_if_there
from bot.cli.output import Json, print_json, say

if TYPE_CHECKING:
    from bot.planning.rendering import Rendering, ShownPart


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command(rich_help_panel="Write and queue")(preview)


def preview(
    post: Annotated[str, typer.Argument(help="The post's file, with or without posts/ before it.")],
    payload: Annotated[bool, typer.Option("--payload", help="Show the exact requests as well.")] = False,
    json: Json = False,
) -> None:
    """Show a post on each account as its followers will see it, with counts and the estimated cost.

    Needs no credentials, and sends nothing. A draft is shown too.
    """
    from bot.model.live import is_of_page
    from bot.planning.preview import payloads, previewed
    from bot.planning.rendering import render

    known = settings()
    if is_of_page(post.removesuffix(".md") + ".md"):
        with store_if_there() as store:
            found = previewed(known, post, made(store, post.partition("/")[0]))
    else:
        found = previewed(known, post)
    if not found:
        raise CommandError(f"no post with the path '{post}' goes anywhere: bot check names what is wrong")
    for one in found:
        shown = render(one, known)
        sent = payloads(one, known) if payload or json else ()  # only these need the networks' clients
        if json:
            print_json(
                {
                    "post": one.post.path,
                    "account": one.account.name,
                    "network": one.account.network,
                    "due_at": one.due_at.isoformat(),
                    "counts": list(one.message.counts),
                    "problems": [fault.text for fault in one.message.faults],
                    "payloads": sent,
                    **shown.to_json(),
                }
            )
            continue
        for line in _lines(shown):
            say(line)
        for number, request in enumerate(sent, start=1):
            say(f"-- the request for part {number}")
            say(_pretty(request))
        say()


def _lines(shown: "Rendering") -> Iterator[str]:
    one = shown.planned
    draft = ", A DRAFT: it is never queued" if shown.is_draft else ""
    yield f"== {one.account.name} on {shown.network}, {one.wall:%a %d %b %Y %H:%M} {one.zone}{draft}"
    for part in shown.parts:
        yield from _lines_of_part(part, len(shown.parts))
    if shown.cost_words:
        yield f"costs {shown.cost_words}"
    for fault in shown.message.faults:
        yield f"{fault.level}: {fault.text}"


def _lines_of_part(part: "ShownPart", of: int) -> Iterator[str]:
    what = f", {part.role}" if part.number > 1 else ""
    yield f"-- part {part.number} of {of}{what}, {part.count}"
    if part.before_fold is None:
        yield part.text
    else:
        yield f"{part.before_fold.rstrip()} … see more"
        yield f"   [behind “see more”] {part.after_fold.strip()}"
    for number, media in enumerate(part.media, start=1):
        yield f"   [file {number}: {media.file}] {media.alt or 'WITHOUT A DESCRIPTION'}"
    if card := part.card:
        said = card.title or "(title and picture come from the page)"
        more = f" – {card.description}" if card.description else ""
        picture = f" [picture: {card.picture.file}]" if card.picture else ""
        yield f"   [card] {said}{more}{picture}"
        yield f"          {card.domain}: {card.url}"


def _pretty(payload: object) -> str:
    import json

    return json.dumps(payload, ensure_ascii=False, indent=2)

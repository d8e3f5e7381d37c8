"""Commands for what is out already: `unpublish` takes it away, `correct` lets it say what its file says."""

import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.context import CommandError, actor, clock, made, opened_store, usage, with_connected
from bot.cli.output import Json, print_json, say, warn

if TYPE_CHECKING:
    from bot.aftercare.removing import Removal
    from bot.model.message import Message
    from bot.planning.correction import Correction
    from bot.settings import Settings
    from bot.store import Store
    from bot.store.removals import Out, OutPart
    from bot.worker.accounts import Accounts

Yes = Annotated[bool, typer.Option("--yes", help="Ask nothing: for scripts, which nobody can answer for.")]


def add_to(app: typer.Typer) -> None:
    """Add the commands of this group."""
    for command in (unpublish, correct):
        app.command(rich_help_panel="After publishing")(command)


def unpublish(
    what: Annotated[str, typer.Argument(metavar="ID|URL", help="A delivery, or the link of a post of it.")],
    part: Annotated[
        int | None, typer.Option(min=1, help="Only this part, with the comments that stand under it.")
    ] = None,
    gone: Annotated[
        bool, typer.Option("--gone", help="You have taken it away on the network's page: only record that.")
    ] = False,
    yes: Yes = False,
    reason: Annotated[str, typer.Option("--reason", "-m", help="Why, for the post log.")] = "",
    json: Json = False,
) -> None:
    """Take away from its network what is out, the last part first. This asks twice, and can not be undone.

    A delivery that was taken away is never sent again. Where the network's answer is unclear, or something
    stops this in the middle, the same command goes on.
    """
    from bot.aftercare.removing import Remover, meant

    with opened_store() as store:
        out = _meant(store, what)
        chosen = meant(out, part)
        if not chosen:
            _say_gone(out, json)
            return
        if not json:
            _show_what_goes(out, chosen)
        if not yes:
            _ask_twice(out, chosen)
        remover = Remover(store, _accounts(store), clock(), actor(), reason)
        done = remover.record_gone(out, chosen) if gone else remover.remove(out, chosen)
    _show_removed(out, done, json)
    if not all(one.gone for one in done):
        raise typer.Exit(1)


def correct(
    what: Annotated[
        str, typer.Argument(metavar="POST|ID", help="A post's file, or one delivery by its number.")
    ],
    yes: Yes = False,
    json: Json = False,
) -> None:
    """Let what is out say what its file says now, where the network can: Facebook, LinkedIn, Mastodon.

    Shows the difference first, and asks. Only texts can be changed: media, links and the number of parts
    stay as they are. Exit code 1 if something still differs from its file in the end.
    """
    from bot.aftercare.correcting import Corrector

    with opened_store() as store:
        known = with_connected(store)
        found = _compared(store, known, what)
        wanted = [one for one in found if one.parts and not one.obstacle]
        stays = [one for one in found if one.obstacle]
        for one in stays:
            _say_obstacle(one, json)
        if wanted and not json:
            for one in wanted:
                say(f"== delivery {one.out.delivery}: {one.out.post} -> {one.out.account}")
                for line in one.lines():
                    say(line)
        if wanted and not yes:
            _ask(f"Change {_many(sum(len(one.parts) for one in wanted), 'message')} that people can see now?")
        corrector = Corrector(store, _accounts(store), clock(), actor())
        failed = False
        for one in wanted:
            for done in corrector.correct(one):
                failed |= not done.done
                _say_corrected(one, done.one.one, done.done, done.words, json)
    if not found or (not wanted and not stays and not json):
        warn("What is out says what its file says.")
    if stays or failed:
        raise typer.Exit(1)


def _meant(store: "Store", what: str) -> "Out":
    """The delivery that is meant, by its number or by the link of a post of it."""
    from bot.networks import REGISTRY, network_type
    from bot.store import removals

    with store.read() as connection:
        if what.isdecimal() and len(what) < 10:
            return removals.of_delivery(connection, int(what))
        if not what.startswith(("https://", "http://")):
            raise usage(f"'{what}' is neither a delivery's number nor a link: bot queue --all lists them")
        ids = {found for name in REGISTRY if (found := network_type(name).id_in(what))} | {what}
        numbers = removals.deliveries_with(connection, ids)
        if not numbers:
            raise CommandError(f"no delivery has a post there: {what}")
        if len(numbers) > 1:
            several = ", ".join(map(str, numbers))
            raise CommandError(f"several deliveries have a post with such an id: say which one, {several}")
        return removals.of_delivery(connection, numbers[0])


def _accounts(store: "Store") -> "Accounts":
    from bot.networks.token_keeper import TokenKeeper
    from bot.worker.accounts import Accounts

    known = with_connected(store)
    return Accounts(known, clock(), TokenKeeper(store, known, clock()))


def _show_what_goes(out: "Out", chosen: "Sequence[OutPart]") -> None:
    say(f"delivery {out.delivery}: {out.post} -> {out.account}. This goes, and can not be undone:")
    for one in chosen:
        say(f"part {one.number}, {one.where}: {one.part.text}")
    if out.state not in ("published", "cancelled"):
        say(f"It is {out.state}: the rest of it will not be sent.")


def _ask_twice(out: "Out", chosen: "Sequence[OutPart]") -> None:
    _ask(f"Take away {_many(len(chosen), 'message')} from {out.account}?")
    question = f"Once more: write the delivery's number, {out.delivery}"
    said = str(typer.prompt(question, default="", show_default=False))
    if said.strip() != str(out.delivery):
        raise CommandError("that is another number: nothing was taken away")


def _ask(question: str) -> None:
    """Go on only if a person says so.

    Raises:
        CommandError: he does not.
    """
    if not sys.stdin.isatty():
        raise usage("nobody can be asked here: say --yes")
    if not typer.confirm(question):
        raise CommandError("nothing was changed")


def _many(number: int, what: str) -> str:
    return f"{number} {what}{'s' if number != 1 else ''}"


def _say_gone(out: "Out", json: bool) -> None:
    """That there is nothing left to take away."""
    from bot.aftercare.removing import Removal

    gone = [one for one in out.parts if one.removed_at is not None]
    if json:
        _show_removed(out, [Removal(one, True, f"by {one.removed_by} already") for one in gone], json)
        return
    last = gone[-1]
    say(
        f"delivery {out.delivery} was taken away already, by {last.removed_by} "
        f"at {last.removed_at:%Y-%m-%d %H:%M} UTC"
    )


def _show_removed(out: "Out", done: "Iterable[Removal]", json: bool) -> None:
    for one in done:
        if json:
            print_json(
                {
                    "delivery": out.delivery,
                    "part": one.one.number,
                    "remote_id": one.one.remote.remote_id,
                    "remote_url": one.one.remote.url,
                    "removed": one.gone,
                    "said": one.words,
                }
            )
        elif one.gone:
            say(f"part {one.one.number} is taken away: {one.words}")
        else:
            warn(f"bot: part {one.one.number} is not taken away: {one.words}")
            warn(f"The same command goes on: bot unpublish {out.delivery}")


def _compared(store: "Store", known: "Settings", what: str) -> "Sequence[Correction]":
    """The published deliveries that are meant, compared with their files; only those that differ."""
    from bot.planning.correction import correction
    from bot.store import corrections, removals

    with store.read() as connection:
        if what.isdecimal():
            meant = [removals.of_delivery(connection, int(what))]
            if meant[0].state != "published" or not meant[0].shown:
                raise CommandError(f"delivery {what} is not out: its file is sent as it is then")
        else:
            path = what.removeprefix("./").removeprefix(f"{known.posts}/")
            meant = [
                one
                for name in dict.fromkeys((path, f"{path}.md"))
                for one in corrections.published_of(connection, name)
            ]
            if not meant:
                raise CommandError(f"nothing of a post '{path}' is out: bot log --post {path}")
    wanted = _messages(store, known, meant[0].campaign)
    compared = [correction(one, wanted.get((one.post, one.account))) for one in meant]
    return [one for one in compared if one.parts or one.obstacle]


def _messages(store: "Store", known: "Settings", campaign: str) -> "Mapping[tuple[str, str], Message]":
    """What each file would send now to an account, by the post's path and the account's name."""
    from bot.model.message import Level
    from bot.planning.check import check
    from bot.planning.content import read_content
    from bot.planning.schedule import schedule

    content = read_content(known, only=campaign, made=made(store, campaign))
    wrong = [one for one in check(content) if one.level is Level.ERROR]
    if wrong:
        raise CommandError(f"{wrong[0]} (bot check says all that is wrong; nothing was changed)")
    return {(one.post.path, one.account.name): one.message for one in schedule(content)}


def _say_obstacle(one: "Correction", json: bool) -> None:
    if json:
        print_json({"delivery": one.out.delivery, "corrected": False, "said": one.obstacle})
    else:
        warn(f"bot: delivery {one.out.delivery} on {one.out.account}: {one.obstacle}")


def _say_corrected(one: "Correction", part: "OutPart", done: bool, words: str, json: bool) -> None:
    if json:
        print_json({"delivery": one.out.delivery, "part": part.number, "corrected": done, "said": words})
    elif done:
        say(f"delivery {one.out.delivery}, part {part.number} is corrected: {words}")
    else:
        warn(f"bot: delivery {one.out.delivery}, part {part.number} is not corrected: {words}")
        warn(f"The same command goes on: bot correct {one.out.delivery}")

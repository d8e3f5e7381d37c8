"""Commands on people: `people`, who may sign in to the page, for an operator who is locked out of it."""

from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.context import actor, clock, opened_store, settings, usage
from bot.cli.output import Json, print_json, print_table, say
from bot.model.role import Role

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from sqlalchemy import Connection

    from bot.store.members import Member

Name = Annotated[str, typer.Argument(metavar="NAME", help="As bot people lists them.")]
OfRole = Annotated[
    str, typer.Option("--role", metavar="ROLE", help="viewer, editor, approver, operator or administrator.")
]


def add_to(app: typer.Typer) -> None:
    """Add the commands of this group."""
    group = typer.Typer(name="people", invoke_without_command=True, callback=people)
    group.command("list")(listed)
    for command in (invite, link, role, shut_out, let_in, end_sessions):
        group.command()(command)
    app.add_typer(group, rich_help_panel="Run")


def people(context: typer.Context, json: Json = False) -> None:
    """List who may sign in to the page, invite people, and let back in who is locked out of it."""
    if context.invoked_subcommand is None:
        listed(json)


def listed(json: Json = False) -> None:
    """List who may sign in to the page."""
    from bot.store import members

    with opened_store() as store, store.read() as connection:
        found = members.all_members(connection)
    if json:
        for one in found:
            print_json(_object(one))
        return
    titles = ("name", "role", "signs in with", "last seen (UTC)", "")
    rows = (
        (one.name, one.role, _way(one), one.seen_at and f"{one.seen_at:%Y-%m-%d %H:%M}", _state(one))
        for one in found
    )
    print_table(titles, rows, empty="There is nobody yet: bot web prints a link for the first administrator.")


def invite(
    name: Annotated[str, typer.Argument(metavar="NAME", help="What the log calls them.")],
    role: OfRole = Role.EDITOR.value,
    email: Annotated[
        str | None, typer.Option("--email", help="By which the OpenID provider of the settings knows them.")
    ] = None,
    json: Json = False,
) -> None:
    """Make somebody a member, and print the link by which they choose a password, once within 7 days."""
    from bot.store import members

    given = _role(role)
    with opened_store() as store, store.write() as connection:
        who, token = members.invite(
            connection, name, given, actor=actor(), now=_real_now(), email=email or None
        )
    _show_link(who, token, json)


def link(name: Name, json: Json = False) -> None:
    """Print a link by which somebody chooses another password, once within a day.

    Until then the one that they have works.
    """
    from bot.store import members

    with opened_store() as store, store.write() as connection:
        number = members.find(connection, name).id
        who, token = members.new_link(connection, number, actor=actor(), now=_real_now())
    _show_link(who, token, json)


def role(
    name: Name,
    role: Annotated[
        str, typer.Argument(metavar="ROLE", help="viewer, editor, approver, operator, administrator.")
    ],
    json: Json = False,
) -> None:
    """Give somebody another role, from their next click on."""
    from bot.store import members

    given = _role(role)
    _change(
        name, json, lambda connection, who, now: members.give_role(
            connection, who.id, given, actor=actor(), now=now
        ),
    )  # fmt: skip


def shut_out(name: Name, json: Json = False) -> None:
    """Sign somebody out everywhere, and let them in no more. What they did keeps their name."""
    from bot.store import members

    _change(
        name, json, lambda connection, who, now: members.disable(connection, who.id, actor=actor(), now=now)
    )


def let_in(name: Name, json: Json = False) -> None:
    """Let somebody sign in again who was shut out."""
    from bot.store import members

    _change(
        name, json, lambda connection, who, now: members.enable(connection, who.id, actor=actor(), now=now)
    )


def end_sessions(name: Name, json: Json = False) -> None:
    """Sign somebody out everywhere; they can sign in again."""
    from bot.store import members

    _change(
        name, json,
        lambda connection, who, now: members.end_sessions(connection, who.id, actor=actor(), now=now),
    )  # fmt: skip


def _change(name: str, json: bool, act: "Callable[[Connection, Member, datetime], None]") -> None:
    from bot.store import members

    with opened_store() as store, store.write() as connection:
        act(connection, members.find(connection, name), _real_now())
        who = members.find(connection, name)
    if json:
        print_json(_object(who))
    else:
        say(f"{who.name}: {who.role}{', shut out' if who.disabled_at else ''}")


def _show_link(who: "Member", token: str, json: bool) -> None:
    known = settings()
    address = f"{known.alerts.page or f'http://127.0.0.1:{known.port}'}/welcome/{token}"
    if json:
        print_json({**_object(who), "link": address})
    else:
        say(f"For {who.name} and nobody else, to be opened once: {address}")


def _role(word: str) -> Role:
    try:
        return Role(word)
    except ValueError:
        raise usage(f"'{word}' is no role: write {', '.join(Role)}") from None


def _real_now() -> "datetime":
    now = clock().now()
    return clock().real(now)


def _object(one: "Member") -> dict[str, object]:
    return {
        "name": one.name,
        "role": one.role,
        "signs_in_with": _way(one),
        "email": one.email,
        "last_seen": one.seen_at.isoformat() if one.seen_at else None,
        "shut_out": one.disabled_at is not None,
    }


def _way(one: "Member") -> str:
    ways = [word for word, has in (("password", one.has_password), ("openid", one.issuer)) if has]
    return ", ".join(ways)


def _state(one: "Member") -> str:
    if one.disabled_at is not None:
        return "shut out"
    return "has not come yet" if one.waits else ""

"""The check: every problem in posts/ and config/, all of them at once, each with its place."""

import os
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta

from bot.fields import Problem, suggestion
from bot.model.account import Account
from bot.model.campaign import Campaign
from bot.model.checks import Levels
from bot.model.media import media_faults
from bot.model.message import Fault, Level, Role
from bot.model.post import Post, Status
from bot.model.walltime import Oddity
from bot.networks import REGISTRY, base_of, could_renew, network_type, without_key
from bot.networks.address import Address
from bot.planning.content import Content, label_of
from bot.planning.leaks import leaks
from bot.planning.media_file import examine
from bot.planning.post_file import PostFile
from bot.planning.quality import of_post, same_texts
from bot.planning.schedule import Planned, deliveries_of
from bot.seal import Seal
from bot.settings import Settings, SettingsError

FAR = timedelta(days=60)  # from the campaign's days: rather a slip in the year than a plan


def check(content: Content) -> list[Problem]:
    """Everything that is wrong, or should be looked at: by file and line."""
    levels = content.settings.checks
    found = [*content.problems, *_of_config(content), *_of_key(content), *leaks(content.settings)]
    planned: list[tuple[Planned, PostFile]] = []
    for file in content.post_files.values():
        campaign = content.campaigns.get(file.post.campaign)
        if campaign is None:
            continue  # said already, once for the whole folder
        problems = list(_of_post(content, campaign, file))
        deliveries = deliveries_of(content, campaign, file.post)
        problems += _of_deliveries(levels, campaign, deliveries, file)
        if file.post.status is Status.READY:
            planned += [(one, file) for one in deliveries]
        else:
            problems = [problem.softened() for problem in problems]
        found += problems
    found += same_texts(levels, planned)
    found += _same_instants(planned)
    return sorted(dict.fromkeys(found), key=lambda problem: (problem.file, problem.line))


def check_post(content: Content, path: str) -> list[Problem]:
    """What is wrong with one post, with its campaign's file, and with it beside what else the content has."""
    file = content.post_files.get(path)
    campaign = content.campaigns.get(path.split("/")[0])
    folder = str(content.settings.posts)  # of files: a team that writes on the page alone has none
    others = (f"{folder}{os.sep}", label_of(""))
    own = (label_of(path), label_of(f"{path.split('/')[0]}.toml"))
    found = [
        one
        for one in content.problems
        if one.file in own or (one.file != folder and not one.file.startswith(others))
    ]
    if file is not None and campaign is not None:
        deliveries = deliveries_of(content, campaign, file.post)
        problems = list(_of_post(content, campaign, file))
        problems += _of_deliveries(content.settings.checks, campaign, deliveries, file)
        problems += _beside_others(content, campaign, deliveries, file)
        is_ready = file.post.status is Status.READY
        found += problems if is_ready else [problem.softened() for problem in problems]
    return sorted(dict.fromkeys(found), key=lambda problem: (problem.file, problem.line))


def _beside_others(
    content: Content, campaign: Campaign, deliveries: Sequence[Planned], file: PostFile
) -> Iterator[Problem]:
    """What the other posts that are ready make wrong with this one, whichever of the two is named for it."""
    own, ours = file.problems, [(one, file) for one in deliveries]
    planned = [
        (one, other)
        for other in content.post_files.values()
        if other is not file and other.post.campaign == campaign.name and other.post.status is Status.READY
        for one in deliveries_of(content, campaign, other.post)
    ]
    names = {other.problems.file: other.post.path for _, other in planned}
    for problem in same_texts(content.settings.checks, [*planned, *ours]) if planned else ():
        if problem.file == own.file:
            yield problem
        elif f" {file.post.path}," in problem.message:  # it is the other's, which goes out after this one
            words = problem.message.replace(f" {file.post.path},", f" {names[problem.file]},")
            yield Problem(
                own.file, file.line_of("body"), problem.level, words.replace(" later:", " earlier:")
            )


def _of_deliveries(
    levels: Levels, campaign: Campaign, deliveries: Sequence[Planned], file: PostFile
) -> Iterator[Problem]:
    yield from _of_messages(deliveries, file)
    yield from of_post(levels, campaign, file, dict.fromkeys(one.account.network for one in deliveries))
    yield from _of_times(deliveries, file)
    yield from _of_media(deliveries, file)


def _of_config(content: Content) -> Iterator[Problem]:
    """What only the registry of networks can tell of the settings."""
    settings = content.settings
    for name, line in (*settings.network_lines.items(), *settings.figures.lines.items()):
        if name not in REGISTRY:
            message = f"there is no network '{name}'{suggestion(name, REGISTRY)}"
            yield Problem(str(settings.config / "bot.toml"), line, Level.ERROR, message)
        elif name in settings.networks:
            yield from _of_prices(settings, name)
    for name, account in settings.accounts.items():
        if account.network and account.network not in REGISTRY:
            message = f"network: '{account.network}' is not known{suggestion(account.network, REGISTRY)}"
            file, line = str(settings.accounts_file), settings.account_lines.get(name, 1)
            yield Problem(file, line, Level.ERROR, message)
        elif account.network:
            yield from _of_address(settings, account)
    for name in settings.alerts.to:
        if not settings.environment.get(name, "").strip():
            message = f"to: {name} is not set here: alerts to it are not sent (its address belongs into .env)"
            file = str(settings.config / "bot.toml")
            yield Problem(file, settings.alerts.line, Level.WARNING, message)


def _of_prices(settings: Settings, network: str) -> Iterator[Problem]:
    """Prices of what the network does not charge for, and what it charges for without a price."""
    prices, meters = settings.networks[network].prices, network_type(network).meters
    file = str(settings.config / "bot.toml")
    if prices is None and settings.networks[network].budget is not None:
        words = "budget: there are no prices, so nothing is estimated that could go beyond it"
        yield Problem(file, settings.network_lines[network], Level.WARNING, words)
    for name in prices.amounts if prices else ():
        if name not in meters:
            words = f"{name}: {network} charges for no such thing{suggestion(name, meters)}"
            yield Problem(file, prices.lines[name] if prices else 1, Level.ERROR, words)
    if prices and (lacking := [name for name in meters if name not in prices.amounts]):
        line = settings.network_lines[network]
        words = f"prices: the price of {', '.join(lacking)} is missing: estimates would be too low"
        yield Problem(file, line, Level.WARNING, words)


def _of_address(settings: Settings, account: Account) -> Iterator[Problem]:
    """Whether the environment leads an account to an address at all."""
    base, variable = base_of(account, settings)
    try:
        Address.of(network_type(account.network).base_url, base, "", variable)
    except SettingsError as error:
        line = settings.account_lines.get(account.name, 1)
        yield Problem(str(settings.accounts_file), line, Level.ERROR, str(error))


def _of_key(content: Content) -> Iterator[Problem]:
    """Whether tokens that could be renewed will be."""
    settings = content.settings
    file = str(settings.accounts_file)
    try:
        has_key = Seal.of(settings.environment) is not None
    except SettingsError as error:
        yield Problem(file, 1, Level.ERROR, str(error))
        return
    for name, account in settings.accounts.items():
        if not has_key and could_renew(account, settings):
            yield Problem(file, settings.account_lines.get(name, 1), Level.WARNING, without_key(name))


def _of_post(content: Content, campaign: Campaign, file: PostFile) -> Iterator[Problem]:
    """What only the campaign and the accounts can tell of a post."""
    post = file.post
    if post.day is not None and post.day > len(campaign.themes):
        days = len(campaign.themes)
        yield _error(file, "day", f"day: {post.day} is not in the campaign, which has {days} days")
    if post.slot is not None and campaign.slot(post.slot) is None:
        names = [slot.name for slot in campaign.slots]
        yield _error(file, "slot", f"slot: there is no '{post.slot}'{suggestion(post.slot, names)}")
    yield from _of_its_slot(campaign, file)
    for name in post.accounts:
        if content.account(name) is None:
            hint = suggestion(name, content.settings.accounts)
            yield _error(file, "accounts", f"accounts: there is no account '{name}'{hint}")
    slot = campaign.slot_of(post)
    if slot is not None and not content.accounts_of(post, campaign):
        words = f"accounts: the post goes nowhere: slot '{slot.name}' has no accounts, and it names none"
        yield _error(file, "slot", words, "day", "at")
    if slot is not None and slot.account_time and post.at is None:
        for name in post.accounts:
            if (account := content.account(name)) is not None and account.timezone is None:
                words = (
                    f"accounts: slot '{slot.name}' is a wave, and '{name}' has no timezone in accounts.toml"
                )
                yield _error(file, "accounts", words)
    if post.at is not None and not content.accounts_of(post, campaign) and post.slot is None:
        words = "a post with a fixed time names its accounts:  accounts: [fice-x]  (or a slot, to take those)"
        yield _error(file, "at", f"accounts: {words}")
    if post.at is not None and _is_far(post.at, campaign):
        words = f"at: {post.at:%Y-%m-%d} is far from the campaign, {campaign.starts} to {campaign.ends}"
        yield _warning(file, "at", words)


def _of_its_slot(campaign: Campaign, file: PostFile) -> Iterator[Problem]:
    post, slot = file.post, campaign.slot_of(file.post)
    if slot is not None and post.slot is not None and post.kind not in slot.kinds:
        takes = ", ".join(slot.kinds)
        yield _warning(file, "slot", f"slot: '{slot.name}' is for {takes}, and this is a {post.kind}")
    if slot is None and post.slot is None and post.at is None and post.day is not None:
        takers = ", ".join(f"{one.name}: {'/'.join(one.kinds)}" for one in campaign.slots) or "there are none"
        yield _error(file, "kind", f"kind: no slot takes a {post.kind} ({takers}); name a slot or give an at")


def _is_far(at: datetime, campaign: Campaign) -> bool:
    return not campaign.starts - FAR <= at.date() <= campaign.ends + FAR


def _of_messages(deliveries: Sequence[Planned], file: PostFile) -> Iterator[Problem]:
    """What the networks would refuse, or a reader mind."""
    for one in deliveries:
        network = one.account.network
        for fault in one.message.faults:
            line = _line_of(fault, one, file)
            words = fault.text if fault.everywhere else f"{network}: {fault.text}"
            yield Problem(file.problems.file, line, fault.level, words)
    roles = {part.role for one in deliveries for part in one.message.parts}
    if deliveries and file.post.first_comment and Role.COMMENT not in roles:
        yield _warning(file, "first_comment", "first_comment: none of the post's networks has one")


def _line_of(fault: Fault, planned: Planned, file: PostFile) -> int:
    """Where the words stand that a fault is about."""
    network, parts = planned.account.network, planned.message.parts
    if fault.part and parts[fault.part - 1].role is Role.COMMENT:
        return next((one.line_of(fault.words) for one in file.texts_of(network, comment=True)), 1)
    texts = file.texts_of(network)
    own = texts[fault.part - 1 : fault.part] if fault.part and len(texts) == len(parts) else ()
    with_words = [one for one in (*own, *texts) if fault.words and fault.words in one.text]
    if with_words:
        return with_words[0].line_of(fault.words)
    return own[0].line if own else file.line_of_text(network)


def _of_media(deliveries: Sequence[Planned], file: PostFile) -> Iterator[Problem]:
    """Files that are not what they seem, and what a network would not take of the others."""
    networks = dict.fromkeys(one.account.network for one in deliveries)
    for number, media in enumerate(file.post.media):
        line = file.lines.get(f"media.{number}")
        if line is None:
            continue  # its path is wrong, which has been said
        facts = examine(file.folder / media.file)
        if isinstance(facts, str):
            yield Problem(file.problems.file, line, Level.ERROR, f"media: {media.file} {facts}")
            continue
        for network in networks:
            if media.only and network not in media.only:
                continue
            for fault in media_faults(facts, network_type(network).media_limits):
                words = f"{network}: {media.file}: {fault.text}"
                yield Problem(file.problems.file, line, fault.level, words)
    image = file.post.card.image  # what a network would not take of it, its own composing says
    if image and isinstance(facts := examine(file.folder / image.file), str):
        line = file.line_of("card.image", "card")
        yield Problem(file.problems.file, line, Level.ERROR, f"card: {image.file} {facts}")


def _of_times(deliveries: Iterable[Planned], file: PostFile) -> Iterator[Problem]:
    for one in deliveries:
        when = f"{one.wall:%Y-%m-%d %H:%M} in {one.zone}"
        if one.oddity is Oddity.SKIPPED:
            words = f"{when} does not exist, the clocks go forward: it goes out at {one.due_at:%H:%M} UTC"
            yield _warning(file, "at", words, "day")
        elif one.oddity is Oddity.TWICE:
            yield _warning(file, "at", f"{when} comes twice, the clocks go back: the first is meant", "day")


def _same_instants(planned: Sequence[tuple[Planned, PostFile]]) -> Iterator[Problem]:
    seen: dict[tuple[str, datetime], Post] = {}
    said: set[tuple[str, str]] = set()
    for one, file in planned:
        first = seen.setdefault((one.account.name, one.due_at), one.post)
        if first is not one.post and (first.path, one.post.path) not in said:
            said.add((first.path, one.post.path))
            words = f"goes out at the same time as {first.path} on {one.account.name}: one after the other"
            yield _warning(file, "at", words, "slot", "day")


def _error(file: PostFile, key: str, message: str, *other_keys: str) -> Problem:
    return Problem(file.problems.file, file.line_of(key, *other_keys), Level.ERROR, message)


def _warning(file: PostFile, key: str, message: str, *other_keys: str) -> Problem:
    return Problem(file.problems.file, file.line_of(key, *other_keys), Level.WARNING, message)

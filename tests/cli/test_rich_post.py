"""One rich post, written once as a file, arrives on all five networks as it was written."""

import hashlib
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from PIL import Image

from bot.networks import REGISTRY
from bot.sandbox import Sandbox

from .workplace import Workplace

LINK = "https://example.org/a_(b)?c=1"
TEXT = "Social workers (all of them) care 👩‍👩‍👧 & stay: 5 > 4. Thank you, @{Alliance}!"
HANDLES = {
    "twitter": "SSWAlliance",
    "linkedin": "urn:li:organization:2414183",
    "mastodon": "alliance@social.example.org",
    "bluesky": "alliance.example.org",
}
NAMED = {
    "twitter": "@SSWAlliance",
    "facebook": "Global Alliance",
    "linkedin": "Global Alliance",
    "mastodon": "@alliance@social.example.org",
    "bluesky": "@alliance.example.org",
}
ALTS = ("A class (of nine)", 'Two workers at a "well" 😀')


@pytest.fixture
def everywhere(tmp_path: Path) -> Iterator[tuple[Workplace, Sandbox]]:
    """A folder with an account on every network, a campaign, and one post for all of them."""
    place = Workplace(tmp_path)
    names = {network: f"fice-{network}" for network in REGISTRY}
    accounts = (f'[{name}]\nnetwork = "{network}"\nhandle = "@fice"\n' for network, name in names.items())
    place.write("config/accounts.toml", "\n".join(accounts))
    handles = "\n".join(f'{network} = "{handle}"' for network, handle in HANDLES.items())
    place.write("config/people.toml", f'[Alliance]\nname = "Global Alliance"\n{handles}\n')
    place.write(
        "config/campaigns/week.toml",
        'title = "A week"\ntimezone = "America/New_York"\nstarts = 2018-09-24\nhashtags = ["SSWWeek"]\n'
        '[[day]]\ntheme = "Monday"\n'
        f"[slots.morning]\nat = 08:00:00\nkinds = ['daily-post']\naccounts = {list(names.values())}\n",
    )
    for number, colour in enumerate(("red", "blue"), 1):
        file = place.folder / f"posts/week/{number}.jpg"
        file.parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (40, 30), colour).save(file)
    media = "\n".join(f"  - {{file: {number}.jpg, alt: '{alt}'}}" for number, alt in enumerate(ALTS, 1))
    front = f"day: 1\nkind: daily-post\nlate_ok: 300d\nlink: {LINK}\nmedia:\n{media}\n"
    place.write("posts/week/rich.md", f"---\n{front}---\n{TEXT}\n")
    with Sandbox() as local:
        place.environment |= local.environment()
        for network, name in names.items():
            place.environment |= local.register(network, name, "@fice")
        yield place, local


def test_it_arrives_everywhere_as_it_was_written(everywhere: tuple[Workplace, Sandbox]) -> None:
    place, local = everywhere
    yesterday = datetime.now(ZoneInfo("America/New_York")).date() - timedelta(days=1)
    assert "error" not in place.run("check", check=0).out
    place.run("apply", "--starts", yesterday.isoformat(), check=0)
    place.run("worker", "--until-idle", check=0)
    published = {one.network: one for one in local.feed()}
    assert set(published) == set(REGISTRY), place.run("log").out
    sent = [(place.folder / f"posts/week/{number}.jpg").read_bytes() for number in (1, 2)]
    files = tuple(hashlib.sha256(content).hexdigest() for content in sent)
    assert len(local.feed()) == len(REGISTRY)
    for network, one in published.items():
        assert one.alts == ALTS, network
        assert one.digests == files, network
        said = TEXT.replace("@{Alliance}", NAMED[network])
        assert one.text.startswith(said), (network, one.text)
        rest = one.text.removeprefix(said).split()
        assert sorted(rest) == sorted(["#SSWWeek", LINK]), (network, one.text)
    place.run("worker", "--until-idle", check=0)
    assert len(local.feed()) == len(REGISTRY)

"""The command `report`: how posts have done, as tables, CSV, JSON and plots, and what nobody says."""

import csv
import re
import xml.etree.ElementTree as ET
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from bot.model.figures import Rhythm
from bot.model.outcome import Figures, RemotePost
from bot.store import figures, open_store
from bot.store.figures import Asked
from bot.store.tables import deliveries

from .workplace import Workplace

HOUR = timedelta(hours=1)
USUAL = Rhythm(HOUR, 24 * HOUR, 720 * HOUR)


@pytest.fixture(scope="module")
def counted(tmp_path_factory: pytest.TempPathFactory) -> Workplace:
    """A campaign of which three posts are out, and figures of two are known; the tests only look."""
    place = Workplace.furnished(tmp_path_factory.mktemp("counted"))
    (place.folder / "posts/week/2-tuesday.md").unlink()
    place.run("apply", check=0)
    store = open_store(f"sqlite:///{place.folder}/var/bot.db")
    at = datetime(2018, 9, 24, 12, tzinfo=UTC)
    told = {"fice-x": Figures(1200, 30, 0, 4, None), "fice-facebook": Figures(None, 12, 3, None, 7)}
    with store.write() as connection:
        for row in connection.execute(select(deliveries)).mappings().all():
            out = {"state": "published", "hold": None, "remote_id": row["account"], "published_at": at,
                   "remote_url": f"https://example.org/{row['account']}"}  # fmt: skip
            connection.execute(deliveries.update().where(deliveries.c.id == row["id"]).values(out))
    with store.read() as connection:
        rows = connection.execute(select(deliveries)).mappings().all()
    for row in rows:
        if row["account"] in told:
            post = RemotePost(row["account"], None)
            asked = [Asked(row["id"], at, {1: post})]
            figures.record(store, asked, {row["account"]: told[row["account"]]}, USUAL, at + HOUR)
    store.close()
    return place


def test_the_report_sums_what_is_said_and_nothing_else(counted: Workplace) -> None:
    found = counted.run("report", "week", "--json", check=0).objects
    posts = {one["account"]: one for one in found if one["of"] == "post"}
    assert (posts["fice-x"]["impressions"], posts["fice-x"]["comments"], posts["fice-x"]["clicks"]) == (
        1200,
        0,
        None,
    )
    assert (posts["fice-linkedin"]["reactions"], posts["fice-linkedin"]["collected_at"]) == (None, None)
    [day] = [one for one in found if one["of"] == "day"]
    assert (day["name"], day["posts"], day["told"]) == ("day 1: Monday", 3, 2)
    assert (day["impressions"], day["reactions"], day["clicks"]) == (1200, 42, 7)
    networks = {one["name"]: one for one in found if one["of"] == "network"}
    assert (networks["linkedin"]["posts"], networks["linkedin"]["told"]) == (1, 0)
    assert networks["facebook"]["impressions"] is None


def test_the_report_says_of_when_it_is_and_of_what_nothing_is_known(counted: Workplace) -> None:
    done = counted.run("report", "week", check=0)
    assert "2018-09-24 13:00 UTC" in done.err
    assert "Nothing is known yet of 1 of the 3 posts" in done.err
    [line] = [line for line in done.out.splitlines() if "fice-linkedin" in line]
    assert re.search(r"\t\t\t\t\t", line)
    assert "nothing of a campaign" in counted.run("report", "month", check=1).err


def test_the_report_as_csv_leaves_empty_what_is_not_said(counted: Workplace) -> None:
    printed = counted.run("report", "week", "--csv", "-", check=0).out
    counted.run("report", "week", "--csv", "report.csv", check=0)
    file = (counted.folder / "report.csv").read_text()
    assert file.splitlines() == printed.splitlines()
    rows = {row["account"]: row for row in csv.DictReader(printed.splitlines())}
    assert rows["fice-x"]["clicks"] == rows["fice-linkedin"]["impressions"] == ""
    assert (rows["fice-x"]["comments"], rows["fice-x"]["theme"]) == ("0", "Monday")
    assert "can not be written" in counted.run("report", "week", "--csv", "no/such/file", check=1).err


def test_a_plot_for_each_network_of_which_anything_is_known(counted: Workplace) -> None:
    counted.run("report", "week", "--plots", "plots", check=0)
    drawn = sorted(path.name for path in (counted.folder / "plots").iterdir())
    assert drawn == ["facebook.svg", "twitter.svg"]
    text = (counted.folder / "plots/twitter.svg").read_text()
    root = ET.fromstring(text)
    words = [one.text or "" for one in root.iter("{http://www.w3.org/2000/svg}text")]
    assert "1-monday: 1,200" in words
    assert not any("clicks" in word for word in words)  # X has said nothing of them
    assert "<script" not in text
    assert "href" not in text
    (counted.folder / "file").write_text("no folder")
    assert "no plots can be written to file" in counted.run("report", "week", "--plots", "file", check=1).err

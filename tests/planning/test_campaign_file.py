"""The files in config/ as a newcomer writes them: what is wrong is said on its line, in words that help."""

from datetime import date, time, timedelta

import pytest

from bot.model.campaign import Approval
from bot.model.post import Kind
from tests.planning.helper import ACCOUNTS, Project, expect, replaced

FILE = "config/campaigns/week.toml"
ACCOUNTS_FILE = "config/accounts.toml"
case = pytest.param
HEAD = ("day: 1", "kind: daily-post")
SLOT = 'kinds = ["daily-post", "event"]\naccounts = ["fice-x", "fice-facebook"]'


@pytest.fixture(autouse=True)
def a_post(project: Project) -> None:
    """So that nothing is wrong but what a test makes wrong."""
    project.post("a", *HEAD)


def test_a_campaign_is_what_its_file_says(project: Project) -> None:
    project.week(('"Week"', '"Week of the Workforce"'), ("2018-09-24", "2018-09-24\napproval = 'required'"))
    project.write(
        FILE,
        (project.folder / FILE)
        .read_text()
        .replace("starts", "hashtags = ['#SSWWeek', 'Kinderschützen']\nstarts"),
    )
    assert project.said() == []
    week = project.content().campaigns["week"]
    assert (week.name, week.title, week.timezone) == ("week", "Week of the Workforce", "America/New_York")
    assert (week.starts, week.ends) == (date(2018, 9, 24), date(2018, 9, 26))
    assert week.themes == ("Monday's", "Tuesday's", "Wednesday's")
    assert week.hashtags == ("SSWWeek", "Kinderschützen")
    assert week.approval is Approval.REQUIRED
    morning, afternoon = week.slots
    assert (morning.name, morning.at, morning.kinds) == ("morning", time(8), (Kind.DAILY_POST, Kind.EVENT))
    assert (morning.accounts, morning.account_time) == (("fice-x", "fice-facebook"), False)
    assert afternoon.name == "afternoon"


@pytest.mark.parametrize("written", ["2018-09-24", '"2018-09-24"', "'2018-09-24'"])
def test_the_date_may_stand_in_quotes(project: Project, written: str) -> None:
    project.week(("starts = 2018-09-24", f"starts = {written}"))
    assert project.said() == []
    assert project.content().campaigns["week"].starts == date(2018, 9, 24)


@pytest.mark.parametrize("written", ["08:00:00", '"08:00:00"', '"08:00"'])
def test_the_time_of_a_slot_may_stand_in_quotes(project: Project, written: str) -> None:
    project.week(("at = 08:00:00", f"at = {written}"))
    assert project.said() == []
    assert project.content().campaigns["week"].slots[0].at == time(8)


# The campaign's file: title 1, timezone 2, starts 3, the first [[day]] 5, [slots.morning] 14 with at 15,
# kinds 16, accounts 17, and [slots.afternoon] 19.
@pytest.mark.parametrize(
    ("old", "new", "line", "words"),
    [
        case('title = "Week"', "", 1, ["'title' is missing"], id="no title"),
        case('"Week"', '""', 1, ["title: is empty"], id="empty title"),
        case('"Week"', "7", 1, ["title:", "text in quotes"], id="a number for a title"),
        case("title =", "titel =", 1, ["'title' is missing"], id="title misspelt"),
        case("America/New_York", "America/NewYork", 2, ["did you mean 'America/New_York'?"], id="zone"),
        case("America/New_York", "UTC+2", 2, ["timezone:", "'UTC+2'"], id="a zone with a number"),
        case("America/New_York", "EDT", 2, ["timezone:", "'EDT'"], id="a zone in short"),
        case("2018-09-24", '"24.09.2018"', 3, ["starts:", "2018-09-24"], id="a date in another order"),
        case("2018-09-24", "2018-09-24T08:00:00", 3, ["starts:", "2018-09-24"], id="a date with a time"),
        case("2018-09-24", "20180924", 3, ["starts:", "2018-09-24"], id="a number for a date"),
        case('theme = "Monday\'s"', "", 5, ["'theme' is missing"], id="a day without a theme"),
        case('theme = "Monday\'s"', "them = 'x'", 5, ["'theme' is missing"], id="theme misspelt"),
        case('theme = "Tuesday\'s"', "theme = ''", 9, ["theme: is empty"], id="an empty theme"),
        case("at = 08:00:00", 'at = "9 o\'clock"', 15, ["at:", "09:00:00"], id="a time in words"),
        case("at = 08:00:00", 'at = "8:00"', 15, ["at:", "09:00:00"], id="a time without its nought"),
        case("at = 08:00:00", "at = 8", 15, ["at:"], id="a number for a time"),
        case("at = 08:00:00", 'at = "08:00:00Z"', 15, ["at:", "zone"], id="a time with a zone"),
        case('"daily-post", "event"', '"daily-pots", "event"', 16, ["did you mean 'daily-post'?"], id="kind"),
        case('["daily-post", "event"]', '"daily-post"', 16, ["kinds:", '["a", "b"]'], id="kinds no list"),
        case('"fice-x", ', '"fice-y", ', 17, ["'fice-y'", "did you mean 'fice-x'?"], id="account"),
        case(
            '["fice-x", "fice-facebook"]', '"fice-x"', 17, ["accounts:", '["a", "b"]'], id="accounts no list"
        ),
        case("at = 15:00:00", "time = 15:00:00", 19, ["'at' is missing"], id="a slot without a time"),
        case("2018-09-24", "2018-09-24\ncolour = 'red'", 4, ["unknown key 'colour'"], id="an unknown key"),
        case("2018-09-24", "2018-09-24\nhashtag = ['a']", 4, ["did you mean 'hashtags'?"], id="hashtag"),
        case(
            "2018-09-24", "2018-09-24\nhashtags = 'a'", 4, ["hashtags:", '["a", "b"]'], id="hashtags no list"
        ),
        case(
            "2018-09-24",
            "2018-09-24\nhashtags = ['a b']",
            4,
            ["'a b' is no hashtag"],
            id="hashtag of two words",
        ),
        case(
            "2018-09-24",
            "2018-09-24\nhashtags = ['2018']",
            4,
            ["'2018' is no hashtag"],
            id="hashtag of digits",
        ),
        case("2018-09-24", "2018-09-24\napproval = 'yes'", 4, ["approval:", "none, required"], id="approval"),
        case("2018-09-24", "2018-09-24\napproval = true", 4, ["approval:"], id="approval without quotes"),
        case(
            "at = 15:00:00", "at = 15:00:00\ntimezone = 'mine'", 21, ["timezone:", "account"], id="whose zone"
        ),
        case(
            "at = 15:00:00", "at = 15:00:00\nzone = 'account'", 21, ["'zone'"], id="an unknown key of a slot"
        ),
    ],
)
def test_what_is_wrong_with_a_campaign_is_said_on_its_line(
    project: Project, old: str, new: str, line: int, words: list[str]
) -> None:
    project.week((old, new))
    said = [one for one in project.said() if one.startswith(f"{FILE}:{line}: error: ")]
    assert any(all(word in one for word in words) for one in said), "\n".join(project.said())


def test_a_misspelt_key_of_a_campaign_is_named_with_the_right_one(project: Project) -> None:
    project.week(("title =", "titel ="))
    expect(
        project.said(),
        (f"{FILE}:1: error", "'title' is missing"),
        (f"{FILE}:1: error", "unknown key 'titel'", "did you mean 'title'?"),
    )


@pytest.mark.parametrize(
    ("old", "new", "line", "words"),
    [
        case("at = 08:00:00", "at = 08:00", 15, ["08:00:00"], id="a time without seconds"),
        case("at = 08:00:00", "at = 8:00:00", 15, ["08:00:00"], id="a time without its nought"),
        case("2018-09-24", "24.09.2018", 3, ["2018-09-24"], id="a date in another order"),
        case("2018-09-24", "2018-9-24", 3, ["2018-09-24"], id="a date without its nought"),
        case("2018-09-24", "2018-09-31", 3, ["date"], id="a date that is none"),
        case('"Week"', "Week", 1, ["quotes"], id="a text without quotes"),
        case('"Week"', "“Week”", 1, ["quotes"], id="curly quotes"),
        case('"Week"', '"Week', 1, ["quote"], id="one quote"),
        case('"Week"', '"Week\\d"', 1, [], id="a backslash"),
        case("title = ", "title: ", 1, ["="], id="a colon for an equals sign"),
        case('["fice-x", "fice-facebook"]', '["fice-x" "fice-facebook"]', 17, [], id="no comma"),
        case("[slots.morning]", "[slots.morning", 14, [], id="half a bracket"),
        case("title =", "title = 'a'\ntitle =", 2, [], id="a key twice"),
        case("[slots.afternoon]", "[slots.morning]", 19, ["morning", "twice"], id="a slot twice"),
    ],
)
def test_a_campaign_that_is_no_toml_says_what_to_write(
    project: Project, old: str, new: str, line: int, words: list[str]
) -> None:
    project.week((old, new))
    said = project.said()
    assert said[0].startswith(f"{FILE}:{line}: error: "), "\n".join(said)
    for word in words:
        assert word in said[0], said[0]


@pytest.mark.parametrize(
    ("content", "line", "words"),
    [
        case("", 1, ["'timezone' is missing"], id="empty"),
        case("\n\n", 1, ["'starts' is missing"], id="empty lines"),
        case(b"title = 'Gr\xfc\xdfe'\n", 1, ["UTF-8"], id="another encoding"),
        case(b"# 1\n# 2\n# \xfc\n", 3, ["UTF-8"], id="another encoding further down"),
        case("title = '\x00'\n", 1, [], id="a control character"),
        case(f"# {'a' * 256 * 1024}\n", 1, ["257 KiB", "256 KiB"], id="too large"),
        case(f"x = {'[' * 5_000}{']' * 5_000}\n", 1, ["nested"], id="nested"),
        case(f"x = {'{a=' * 5_000}1{'}' * 5_000}\n", 1, ["nested"], id="tables nested"),
        case(f"x = {'1' * 5_000}\n", 1, [], id="a number longer than any"),
    ],
)
def test_a_campaign_that_can_not_be_read_says_why_and_where(
    project: Project, content: str | bytes, line: int, words: list[str]
) -> None:
    project.write(FILE, content)
    said = [one for one in project.said() if one.startswith(f"{FILE}:{line}: error: ")]
    assert any(all(word in one for word in words) for one in said), "\n".join(project.said())


def test_a_campaign_from_windows_is_read_like_any_other(project: Project) -> None:
    text = (project.folder / FILE).read_text().replace("2018-09-24", "'soon'").replace("\n", "\r\n")
    project.write(FILE, f"\ufeff{text}")
    assert project.said()[0].startswith(f"{FILE}:3: error: starts: 'soon'")


@pytest.mark.parametrize("separator", ["\u2028", "\u2029", "\x85"])
def test_a_line_of_a_campaign_is_what_an_editor_calls_a_line(project: Project, separator: str) -> None:
    project.week(
        ("Monday's", f"Monday's{separator * 3}theme"), ("at = 15:00:00", "at = 15:00:00\ncolour = 1")
    )
    expect(project.said(), (f"{FILE}:21: error", "colour"))


def test_a_campaign_that_is_a_folder_is_an_error_and_not_a_crash(project: Project) -> None:
    (project.folder / FILE).unlink()
    (project.folder / FILE).mkdir()
    assert project.said()[0].startswith(f"{FILE}:1: error: can not be read")


def test_a_campaign_without_days_is_told_how_to_write_one(project: Project) -> None:
    project.write(FILE, "title = 'W'\ntimezone = 'UTC'\nstarts = 2018-09-24\n")
    assert any(one.startswith(f"{FILE}:1: error") and "[[day]]" in one for one in project.said())


@pytest.mark.parametrize(
    "days", ["day = 5", "day = ['a']", "[day]\ntheme = 'a'", "days = 5", "[[days]]\ntheme = 'a'"]
)
def test_days_in_another_shape_are_an_error_on_their_line(project: Project, days: str) -> None:
    project.write(FILE, f"title = 'W'\ntimezone = 'UTC'\nstarts = 2018-09-24\n{days}\n")
    assert any(one.startswith(f"{FILE}:4: error") and "day" in one for one in project.said())


@pytest.mark.parametrize("slots", ["slots = 5", "[slots]\nmorning = 5", "[[slots]]\nat = 08:00:00"])
def test_slots_in_another_shape_are_an_error(project: Project, slots: str) -> None:
    project.write(
        FILE, f"title = 'W'\ntimezone = 'UTC'\nstarts = 2018-09-24\n[[day]]\ntheme = 'a'\n{slots}\n"
    )
    said = [one for one in project.said() if one.startswith((f"{FILE}:6: error", f"{FILE}:7: error"))]
    assert said


@pytest.mark.parametrize("name", ["my week", "woche-für-kinder!", "-week", "week.old"])
def test_a_name_that_no_folder_should_have_is_refused(project: Project, name: str) -> None:
    project.write(f"config/campaigns/{name}.toml", (project.folder / FILE).read_text())
    expect(project.said(), (f"config/campaigns/{name}.toml:1: error", "name", "letters"))


@pytest.mark.parametrize("name", [".week.toml.swp", "._week.toml", ".#week.toml", "week.toml~"])
def test_what_an_editor_or_a_mac_leaves_behind_is_no_campaign(project: Project, name: str) -> None:
    project.write(f"config/campaigns/{name}", b"\x00\x05")
    assert project.said() == []


@pytest.mark.parametrize(
    ("year", "day"), [("9999-12-31", 1), ("9999-12-31", 2), ("0001-01-01", 1), ("9999-12-30", 3)]
)
def test_a_campaign_at_the_end_of_time_is_no_crash(project: Project, year: str, day: int) -> None:
    project.post("a", f"day: {day}", "kind: daily-post")
    project.post("b", "at: 2018-09-25 10:00", "kind: daily-post", "accounts: [fice-x]")
    project.week(("2018-09-24", year))
    assert [one for one in project.said() if "week" in one]


@pytest.mark.parametrize("zone", ["America/New_York", "Asia/Tokyo"])
@pytest.mark.parametrize("when", ["9999-12-31 23:59", "0001-01-01 00:00"])
def test_a_post_at_the_end_of_time_is_an_error_on_its_line(project: Project, when: str, zone: str) -> None:
    project.week(("America/New_York", zone))
    project.post("a", f"at: {when}", "kind: daily-post", "accounts: [fice-x]")
    assert any(one.startswith("posts/week/a.md:2: ") for one in project.said())


def test_a_day_with_more_digits_than_a_calendar_is_an_error_on_its_line(project: Project) -> None:
    project.post("a", "day: 00000199999999999999", "kind: daily-post")
    assert any(one.startswith("posts/week/a.md:2: error: day:") for one in project.said())


@pytest.mark.parametrize("tolerance", ["367d", "999999w", "999999w " * 200, "9" * 5_000 + "w"])
def test_a_tolerance_longer_than_a_calendar_is_an_error_on_its_line(project: Project, tolerance: str) -> None:
    project.post("a", *HEAD, f"late_ok: {tolerance}")
    assert any(one.startswith("posts/week/a.md:4: error: late_ok:") for one in project.said())


# The accounts' file: [fice-x] 1, network 2, handle 3; [fice-facebook] 5; [fice-linkedin] 9.
@pytest.mark.parametrize(
    ("old", "new", "line", "words"),
    [
        case('"twitter"', '"twiter"', 2, ["network:", "did you mean 'twitter'?"], id="network misspelt"),
        case('"twitter"', '"x"', 2, ["network:", "facebook, linkedin, "], id="network by its name"),
        case('"twitter"', '"Twitter"', 2, ["network:", "did you mean 'twitter'?"], id="network in capitals"),
        case('"twitter"', '"friendster"', 2, ["network:", "'friendster'"], id="network we do not have"),
        case('"twitter"', "twitter", 2, ["quotes"], id="network without quotes"),
        case('network = "twitter"', "", 1, ["'network' is missing"], id="no network"),
        case('handle = "fice"', "", 1, ["'handle' is missing"], id="no handle"),
        case('handle = "fice"', 'name = "fice"', 3, ["unknown key 'name'", "handle"], id="an unknown key"),
        case('handle = "fice"', 'handle = "fice"\ntimezone = "CET+1"', 4, ["timezone:"], id="zone"),
        case("[fice-x]", "colour = 1\n[fice-x]", 1, ["'colour'", "[colour]"], id="no table"),
        case("[fice-x]", "[[fice-x]]", 1, ["'fice-x'", "[fice-x]"], id="a list of tables"),
        case("[fice-x]", "[fice-x", 1, ["TOML"], id="half a bracket"),
        case("[fice-facebook]", "[fice-x]", 5, ["fice-x", "twice"], id="an account twice"),
        case("[fice-facebook]", "[fice_x]", 5, ["'fice_x'", "'fice-x'", "FICE_X_"], id="the same variables"),
    ],
)
def test_what_is_wrong_with_an_account_is_said_on_its_line(
    project: Project, old: str, new: str, line: int, words: list[str]
) -> None:
    project.write(ACCOUNTS_FILE, replaced(ACCOUNTS, (old, new)))
    said = [one for one in project.said() if one.startswith(f"{ACCOUNTS_FILE}:{line}: error: ")]
    assert any(all(word in one for word in words) for one in said), "\n".join(project.said())


def test_without_the_accounts_file_every_use_of_an_account_is_wrong(project: Project) -> None:
    (project.folder / ACCOUNTS_FILE).unlink()
    said = project.said()
    assert said[0].startswith(f"{ACCOUNTS_FILE}:1: error: there is no such file")
    assert sum("there is no account" in one for one in said) == 3


def test_an_account_of_an_unknown_network_is_said_once_however_many_posts_use_it(project: Project) -> None:
    project.accounts(('"facebook"', '"facebok"'))
    project.post("b", *HEAD, body="Another")
    errors = [one for one in project.said() if ": error: " in one]
    assert len(errors) == 1
    assert "did you mean 'facebook'?" in errors[0]


def test_the_wave_of_an_account_without_a_zone_is_an_error_on_its_line(project: Project) -> None:
    project.week(("at = 08:00:00", 'at = 08:00:00\ntimezone = "account"'))
    expect(
        project.said(),
        (f"{FILE}:16: error", "'fice-x'", "accounts.toml"),
        (f"{FILE}:16: error", "'fice-facebook'", "accounts.toml"),
    )


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        case('organization = "F"', 1, ["did you mean 'organisation'?"], id="an unknown key"),
        case('[late_ok]\nchat = "soon"', 2, ["chat:", "2m"], id="a tolerance in words"),
        case("[late_ok]\nchat = 2", 2, ["chat:", "text in quotes"], id="a tolerance without a unit"),
        case('[late_ok]\ntweet = "2m"', 2, ["'tweet'"], id="a tolerance of no kind"),
        case('late_ok = "2m"', 1, ["late_ok:"], id="one tolerance for all"),
        case('[worker]\nspacing = "often"', 2, ["spacing:"], id="spacing"),
        case('[worker]\nspacings = "10s"', 2, ["did you mean 'spacing'?"], id="an unknown key of the worker"),
        case('[networks.twitter]\ntimeout = "x"', 2, ["timeout:"], id="a time-out"),
        case("[networks.facebook]\napi_version = 25.0", 2, ["api_version:", "quotes"], id="a version"),
        case("[networks]\nfacebook = 25", 2, ["'facebook'", "[networks.facebook]"], id="no table"),
        case("a = [", 1, ["TOML"], id="no TOML"),
        case('[networks.twiter]\ntimeout = "9s"', 1, ["twitter"], id="a network misspelt"),
        case('[late_ok]\nchat = "999999w"', 2, ["chat:"], id="a tolerance longer than a calendar"),
        case(f'[late_ok]\nchat = "{"999999w " * 200}"', 2, ["chat:"], id="a tolerance longer than any"),
    ],
)
def test_what_is_wrong_in_the_settings_is_said_on_its_line(
    project: Project, text: str, line: int, words: list[str]
) -> None:
    project.write("config/bot.toml", f"{text}\n")
    expect(project.said(), (f"config/bot.toml:{line}: error", *words))


def test_the_settings_may_be_left_out(project: Project) -> None:
    assert not (project.folder / "config/bot.toml").exists()
    assert project.said() == []


def test_a_tolerance_of_the_settings_holds_for_its_kind(project: Project) -> None:
    project.write("config/bot.toml", '[late_ok]\ndaily-post = "45m"\n')
    assert {one.tolerance for one in project.planned()} == {timedelta(minutes=45)}


def test_problems_of_all_files_are_said_at_once(project: Project) -> None:
    project.write("config/bot.toml", "colour = 1\n")
    project.accounts(('handle = "fice"', 'name = "fice"'))
    project.week((SLOT, f"{SLOT}\ncolour = 2"))
    project.post("a", *HEAD, "colour: 3")
    project.post("b", "colour: 4")
    project.write("posts/week/c.md", "Hello")
    said = project.said()
    for place in (
        "config/bot.toml:1:",
        "config/accounts.toml:1:",
        "config/accounts.toml:3:",
        "config/campaigns/week.toml:18:",
        "posts/week/a.md:4:",
        "posts/week/b.md:1:",
        "posts/week/b.md:2:",
        "posts/week/c.md:1:",
    ):
        assert any(line.startswith(place) for line in said), (place, said)

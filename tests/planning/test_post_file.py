"""A post's file as a newcomer writes it: what she gets wrong is said on its line, in words that help."""

import os
import sys
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from bot.model.post import Kind, Media, Status
from tests.planning.helper import Project, expect, is_one_line, jpeg, post

FILE = "posts/week/a.md"
case = pytest.param
PICTURE = jpeg()
HEAD = ("day: 1", "kind: daily-post")  # on lines 2 and 3


def test_a_post_with_every_key_is_what_it_says(project: Project) -> None:
    project.write("posts/week/classroom.jpg", b"\xff\xd8")
    project.post(
        "a",
        "at: 2018-09-25 10:30",
        "kind: case-study",
        "slot: afternoon",
        "accounts: [fice-x, fice-facebook]",
        "link: https://example.org/a?b=1#c",
        'media: [{file: classroom.jpg, alt: "A social worker: and a child"}]',
        "late_ok: 1h 30m",
        "text:",
        '  twitter: ["1/2 One", "2/2 Two"]',
        "  facebook: Another text",
        "first_comment: More on our page",
        "status: draft",
        body="The text for all.\n\nIts second paragraph.",
    )
    [one] = project.content().posts
    assert (one.path, one.campaign) == ("week/a.md", "week")
    assert (one.kind, one.status, one.slot, one.day) == (Kind.CASE_STUDY, Status.DRAFT, "afternoon", None)
    assert one.at == datetime(2018, 9, 25, 10, 30)  # noqa: DTZ001  (wall time of the campaign)
    assert one.accounts == ("fice-x", "fice-facebook")
    assert one.link == "https://example.org/a?b=1#c"
    assert one.media == (Media("classroom.jpg", "A social worker: and a child"),)
    assert one.late_ok == timedelta(hours=1, minutes=30)
    assert one.text == {"twitter": ("1/2 One", "2/2 Two"), "facebook": ("Another text",)}
    assert one.first_comment == "More on our page"
    assert one.body == "The text for all.\n\nIts second paragraph."


@pytest.mark.parametrize(
    ("keys", "place", "words"),
    [
        case([*HEAD, "acounts: [fice-x]"], "4", ["'acounts'", "did you mean 'accounts'?"], id="misspelt"),
        case([*HEAD, "colour: red"], "4", ["unknown key 'colour'", "late_ok"], id="invented"),
        case([*HEAD, "Slot: morning"], "4", ["'Slot'", "did you mean 'slot'?"], id="with a capital"),
        case(["day: 1", "kind: casestudy"], "3", ["kind:", "did you mean 'case-study'?"], id="kind"),
        case(["day: 1", "kind: newsletter"], "3", ["kind:", "daily-post", "chat"], id="kind unknown"),
        case(["day: 1", "kind:"], "3", ["kind: is empty"], id="kind empty"),
        case(["day: 1"], "1", ["'kind' is missing"], id="kind missing"),
        case(["day: two", "kind: daily-post"], "2", ["day:", "'two'", "first one is 1"], id="day in words"),
        case(["day: Tuesday", "kind: daily-post"], "2", ["day:", "'Tuesday'"], id="day of the week"),
        case(["day: 0", "kind: daily-post"], "2", ["day:", "first one is 1"], id="day 0"),
        case(["day: -1", "kind: daily-post"], "2", ["day:", "'-1'"], id="day before"),
        case(["day: 1.5", "kind: daily-post"], "2", ["day:", "'1.5'"], id="half a day"),
        case(["day: ٢", "kind: daily-post"], "2", ["day:"], id="day in other digits"),
        case(["day: 400", "kind: daily-post"], "2", ["day:", "'400'"], id="day after a year"),
        case(["day: 4", "kind: daily-post"], "2", ["day: 4", "has 3 days"], id="day outside"),
        case(["kind: daily-post"], "1", ["day: 2", "at: 2018-09-25 09:00"], id="neither day nor at"),
        case(
            [*HEAD, "at: 2018-09-25 09:00", "slot: morning"],
            "4",
            ["at:", "day", "one of the two"],
            id="both day and at",
        ),
        case([*HEAD, "slot: mornig"], "4", ["slot:", "did you mean 'morning'?"], id="slot misspelt"),
        case([*HEAD, "slot: midnight"], "4", ["slot:", "afternoon, morning"], id="slot unknown"),
        case(["day: 1", "kind: blog"], "3", ["kind: no slot takes a blog", "morning:"], id="no slot for it"),
        case([*HEAD, "accounts: [fice-twitter]"], "4", ["accounts:", "'fice-twitter'"], id="account"),
        case(
            [*HEAD, "accounts: [fice-facbook]"], "4", ["did you mean 'fice-facebook'?"], id="account misspelt"
        ),
        case([*HEAD, "accounts: fice-x"], "4", ["accounts:", "[fice-x]"], id="accounts no list"),
        case([*HEAD, "accounts: []"], "4", ["accounts:", "[fice-x, fice-facebook]"], id="accounts empty"),
        case([*HEAD, "accounts: [fice-x, fice-x]"], "4", ["'fice-x'", "twice"], id="account twice"),
        case([*HEAD, "late_ok: 3"], "4", ["late_ok:", "3h"], id="late_ok without a unit"),
        case([*HEAD, "late_ok: three hours"], "4", ["late_ok:", "3h"], id="late_ok in words"),
        case([*HEAD, "late_ok: -2h"], "4", ["late_ok:", "3h"], id="late_ok early"),
        case([*HEAD, "late_ok:"], "4", ["late_ok: is empty"], id="late_ok empty"),
        case([*HEAD, "late_ok: 400d"], "4", ["late_ok:", "more than a year"], id="late_ok for ever"),
        case([*HEAD, "status: redy"], "4", ["status:", "did you mean 'ready'?"], id="status"),
        case([*HEAD, "text: Hello"], "4", ["text:", "for each network", "below '---'"], id="text for all"),
        case([*HEAD, "text:", "  twiter: Hi"], "5", ["did you mean 'twitter'?"], id="network misspelt"),
        case([*HEAD, "text:", "  x: Hi"], "5", ["'x'", "facebook, linkedin, "], id="network unknown"),
        case([*HEAD, "text:", "  twitter: []"], "5", ["twitter: is empty"], id="thread of nothing"),
        case([*HEAD, "text:", "  twitter:"], "5", ["twitter: is empty"], id="text of nothing"),
        case([*HEAD, "text:", '  twitter: ["1/2", ""]'], "5", ["twitter: is empty"], id="half a thread"),
        case([*HEAD, "first_comment:"], "4", ["first_comment: is empty"], id="comment of nothing"),
    ],
)
def test_what_is_wrong_with_a_key_is_said_on_its_line(
    project: Project, keys: list[str], place: str, words: list[str]
) -> None:
    project.post("a", *keys)
    expect(project.said(FILE), (f"{FILE}:{place}: error", *words))


@pytest.mark.parametrize(
    "when",
    [
        "25.09.2018 10:30",
        "2018-09-31 10:30",
        "2018-09-25",
        "2018-9-25 10:30",
        "2018-09-25 9:00",
        "2018-09-25 24:30",
        "2018-09-25 10:30 pm",
        "10:30",
        "tomorrow",
        "2018-W39-2",
        "20180925",
    ],
)
def test_a_time_that_is_none_is_said_with_one_that_is(project: Project, when: str) -> None:
    project.post("a", "kind: daily-post", f"at: {when}", "accounts: [fice-x]")
    expect(project.said(FILE), (f"{FILE}:3: error", "at:", f"'{when}'", "write it like 2018-09-25 09:00"))


@pytest.mark.parametrize("when", ["2018-09-25T09:00Z", "2018-09-25 09:00+02:00", "2018-09-25 09:00:00-04:00"])
def test_a_time_with_a_zone_of_its_own_is_refused(project: Project, when: str) -> None:
    project.post("a", "kind: daily-post", f"at: {when}", "accounts: [fice-x]")
    expect(project.said(FILE), (f"{FILE}:3: error", "at:", "zone", "wall time of the campaign"))


@pytest.mark.parametrize("when", ["2018-09-25 09:00", "2018-09-25 09:00:30", '"2018-09-25T09:00"'])
def test_a_time_may_be_written_with_seconds_with_a_t_or_in_quotes(project: Project, when: str) -> None:
    project.post("a", "kind: daily-post", f"at: {when}", "accounts: [fice-x]")
    assert project.said(FILE) == []
    assert f"{project.planned()[0].wall:%d %H:%M}" == "25 09:00"


@pytest.mark.parametrize(
    "link",
    [
        "www.example.org",
        "example.org/page",
        "ftp://example.org/a",
        "mailto:anna@example.org",
        "javascript:alert(1)",
        "https://",
        "https:/example.org",
        "https://example",
        "https://.",
        '"https://[::1"',
        "https://exam ple.org",
        '"https://example.org/\\u200b"',
        "https://example.org:port/",
        "see below",
    ],
)
def test_a_link_that_is_no_address_is_refused(project: Project, link: str) -> None:
    project.post("a", *HEAD, f"link: {link}")
    expect(project.said(FILE), (f"{FILE}:4: error", "link:", "https://"))


def test_a_link_longer_than_any_browser_takes_is_refused_with_its_length(project: Project) -> None:
    project.post("a", *HEAD, f"link: https://example.org/{'a' * 2_000}")
    expect(project.said(FILE), (f"{FILE}:4: error", "link:", "2,020 characters"))


@pytest.mark.parametrize(
    ("media", "place", "words"),
    [
        case(["media: classroom.jpg"], "4", ["media:", "{file: picture.jpg, alt:"], id="a name only"),
        case(["media: [classroom.jpg]"], "4", ["media:", "{file: picture.jpg, alt:"], id="names"),
        case(["media: {file: here.jpg, alt: A}"], "4", ["media:", "list"], id="no list"),
        case(["media: [{file: here.jpg}]"], "4", ["alt: here.jpg has none"], id="no words for the blind"),
        case(['media: [{file: here.jpg, alt: " "}]'], "4", ["alt: here.jpg has none"], id="empty words"),
        case(["media: [{alt: A}]"], "4", ["'file' is missing"], id="no file"),
        case(["media: [{file: here.jpg, alt: A, title: B}]"], "4", ["'title'"], id="an unknown key"),
        case(["media:", "  - file: gone.jpg", "    alt: A"], "5", ["gone.jpg", "is not there"], id="missing"),
        case(["media: [{file: HERE.JPG, alt: A}]"], "4", ["HERE.JPG", "is not there"], id="other letters"),
        case(["media: [{file: ., alt: A}]"], "4", ["is not there"], id="a folder"),
        case(["media: [{file: ../../secret.jpg, alt: A}]"], "4", ["is outside"], id="dots"),
        case(["media: [{file: ../../posts-2/b.jpg, alt: A}]"], "4", ["is outside"], id="like posts"),
        case(["media: [{file: /etc/hostname, alt: A}]"], "4", ["is outside"], id="absolute"),
        case(["media: [{file: leads-out.jpg, alt: A}]"], "4", ["is outside"], id="symbolic link"),
        case(["media: [{file: folder/secret.jpg, alt: A}]"], "4", ["is outside"], id="linked folder"),
        case(["media: [{file: round.jpg, alt: A}]"], "4", ["round.jpg"], id="a link to itself"),
        case(['media: [{file: "a\\0.jpg", alt: A}]'], "4", ["is no path"], id="half a name"),
        case(['media: [{file: "a\\u202Egpj.exe", alt: A}]'], "4", ["can not be shown"], id="backwards"),
        case([r"media: [{file: ..\..\secret.jpg, alt: A}]"], "4", ["backslash"], id="Windows"),
        case([r"media: [{file: C:here.jpg, alt: A}]"], "4", ["is no path"], id="a drive"),
        case(["media: [{file: ~/secret.jpg, alt: A}]"], "4", ["is no path"], id="a home"),
        case(["media: [{file: pipe.jpg, alt: A}]"], "4", ["is no file"], id="a pipe"),
        case(["media: [{file: device.jpg, alt: A}]"], "4", ["is outside"], id="a device"),
        case([f"media: [{{file: {'a' * 300}.jpg, alt: A}}]"], "4", ["media:"], id="a very long name"),
    ],
)
def test_media_that_can_not_be_shown_are_refused(
    project: Project, media: list[str], place: str, words: list[str]
) -> None:
    project.write("posts/week/here.jpg", PICTURE)
    project.write("secret.jpg", b"\xff\xd8")
    project.write("posts-2/b.jpg", b"\xff\xd8")
    week = project.folder / "posts/week"
    (week / "leads-out.jpg").symlink_to(project.folder / "secret.jpg")
    (week / "folder").symlink_to(project.folder)
    os.mkfifo(week / "pipe.jpg")
    (week / "device.jpg").symlink_to("/dev/zero")
    (week / "round.jpg").symlink_to("round.jpg")
    project.post("a", *HEAD, *media)
    errors = [line for line in project.said(FILE) if ": error: " in line]
    expect(errors, (f"{FILE}:{place}: error", *words))


@pytest.mark.parametrize("file", ["here.jpg", "pictures/here.jpg", "../shared.jpg"])
def test_media_may_stand_anywhere_below_posts(project: Project, file: str) -> None:
    project.write(f"posts/week/{file}", PICTURE)
    project.post("a", *HEAD, f"media: [{{file: {file}, alt: A}}]")
    assert not [line for line in project.said(FILE) if ": error: " in line]


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        case("", 1, ["'---'"], id="an empty file"),
        case("\n", 1, ["'---'"], id="a file of one empty line"),
        case("Hello\n", 1, ["'---'"], id="no keys at all"),
        case("day: 1\nkind: daily-post\n---\nHello\n", 1, ["'---'"], id="no first line of dashes"),
        case("----\nday: 1\nkind: daily-post\n----\nHello\n", 1, ["'---'"], id="four dashes"),
        case("---\nday: 1\nkind: daily-post\nHello\n", 1, ["no end", "'---'"], id="no second line"),
        case("---\nday: 1\n ---\nHello\n", 1, ["no end", "'---'"], id="second line indented"),
        case(post("Hello"), 2, ["key", "day: 2"], id="a sentence for keys"),
        case(post("- day: 1"), 2, ["key", "day: 2"], id="a list for keys"),
        case(post("kind: daily-post", "\tday: 1"), 3, ["spaces"], id="a tab before a key"),
        case(post(*HEAD, "text:", "\ttwitter: Hi"), 5, ["spaces"], id="a tab for indenting"),
        case(post(*HEAD, "first_comment: The aim: to act"), 4, ["': '", "quotes"], id="a colon"),
        case(post(*HEAD, "day: 2"), 4, ["'day'", "twice", "line 2"], id="a key twice"),
        case(post(*HEAD, "text: {twitter: a, twitter: b}"), 4, ["'twitter'", "twice"], id="text twice"),
        case(post(*HEAD, "[a]: b"), 4, ["key"], id="a list for a key"),
        case(post(*HEAD, "? {a: b}", ": c"), 4, ["key"], id="a table for a key"),
        case(post(*HEAD, "link: &a https://x.org", "slot: *a"), 4, ["quotes"], id="an alias"),
        case(post(*HEAD, f"link: {'[' * 1_500}{']' * 1_500}"), 4, ["nested too deeply"], id="nested"),
        case(post(*HEAD, "...", "slot: morning"), 5, [], id="more behind the end of the YAML"),
        case(post("%YAML 9.9"), 2, [], id="another YAML"),
    ],
)
def test_a_file_that_can_not_be_read_says_why_and_where(
    project: Project, text: str, line: int, words: list[str]
) -> None:
    project.write(FILE, text)
    expect(project.said(FILE), (f"{FILE}:{line}: error", *words))


def test_a_billion_laughs_are_not_computed(project: Project) -> None:
    lines = ["a: &a [lol, lol, lol, lol, lol, lol, lol, lol, lol]"]
    lines += [
        f"{b}: &{b} [{', '.join([f'*{a}'] * 9)}]" for a, b in zip("abcdefghi", "bcdefghij", strict=True)
    ]
    project.post("a", *HEAD, *lines)
    expect(project.said(FILE), (f"{FILE}:4: error", "'&'", "quotes"))


@pytest.mark.parametrize("depth", [20, 100, 300, 480])
@pytest.mark.parametrize("key", ["accounts", "kind", "text", "media", "other"])
def test_a_value_nested_to_any_depth_is_an_error_on_its_line(project: Project, key: str, depth: int) -> None:
    keys = [line for line in HEAD if not line.startswith(key)]
    project.post("a", *keys, f"{key}: {'[' * depth}{']' * depth}")
    errors = [line for line in project.said(FILE) if line.startswith(f"{FILE}:{len(keys) + 2}: error: ")]
    assert errors or "nested too deeply" in project.said(FILE)[0]


@pytest.mark.parametrize(
    "value",
    [
        "kind: [daily-post]",
        "link: [https://example.org]",
        "link: {https://example.org: a}",
        "slot: [morning]",
        "late_ok: [3h]",
        "accounts: [[fice-x]]",
        "accounts: [{fice-x: fice-facebook}]",
        "status: {ready: yes}",
        "first_comment: [Hello]",
        "at: [2018-09-25 09:00]",
        "text: {twitter: [[a]]}",
        "media: [{file: [a.jpg], alt: A}]",
    ],
)
def test_a_message_shows_nothing_of_our_insides(project: Project, value: str) -> None:
    keys = [line for line in HEAD if not value.startswith(line.partition(":")[0])]
    project.post("a", *keys, value)
    said = project.said(FILE)
    assert said
    assert not [line for line in said if "Located" in line or "line=" in line]


@pytest.mark.parametrize(
    "text",
    [
        case("- 1/2 The theme: a call", id="a colon"),
        case("- Q1: What do you do?", id="a question of a chat"),
    ],
)
def test_a_colon_in_a_message_of_a_thread_needs_quotes(project: Project, text: str) -> None:
    project.post("a", *HEAD, "text:", "  twitter:", f"    {text}", "    - 2/2 to action")
    [said] = project.said(FILE)
    assert said.startswith((f"{FILE}:5: error: ", f"{FILE}:6: error: "))
    assert "quotes" in said
    assert "Located" not in said


@pytest.mark.parametrize(
    "text",
    [
        "@SSWAlliance and we begin",
        "`code`",
        "%s",
        "*Important* news",
        '"A Call to Action" is its theme',
        "'Children's rights'",
        "[1/2] The first half",
        "{draft} of a text",
        "> 50 % of all children",
        "| a bar",
        "- a dash",
        "? a question",
        "The theme: a call",
    ],
)
def test_a_text_that_yaml_reads_otherwise_needs_quotes_and_that_is_said(project: Project, text: str) -> None:
    project.post("a", *HEAD, "text:", f"  twitter: {text}")
    expect(project.said(FILE), (f"{FILE}:5: error", "quote"))


@pytest.mark.parametrize(
    "text",
    [
        "#SSWWeek begins today",
        "Join us today #SSWWeek",
        "Join us #SSWWeek and #ChildRights",
        "!important news",
        "&us and them",
    ],
)
def test_no_word_that_she_wrote_is_lost_without_a_word(project: Project, text: str) -> None:
    project.post("a", *HEAD, "text:", f"  twitter: {text}")
    kept = [part.text for one in project.planned() for part in one.message.parts]
    assert text in kept or [
        line for line in project.said(FILE) if line.startswith(f"{FILE}:5: ") and "quote" in line
    ]


@pytest.mark.parametrize(
    "text",
    [
        "Our group C# is great",
        "See https://example.org/#part",
        "Rock & roll!",
        "100% of us * all",
        "it's @home",
    ],
)
def test_a_text_that_yaml_reads_as_it_stands_needs_no_quotes(project: Project, text: str) -> None:
    project.post("a", *HEAD, "accounts: [fice-x]", "text:", f"  twitter: {text}")
    assert project.said(FILE) == []
    assert [part.text for one in project.planned() for part in one.message.parts] == [text]


def test_a_comment_behind_a_value_is_no_mistake(project: Project) -> None:
    project.post("a", "day: 1   # the launch", "kind: daily-post  # see the campaign's file")
    assert project.said(FILE) == []


@pytest.mark.parametrize(
    ("keys", "line"),
    [
        (["day:1", "kind: daily-post"], 2),
        (["day: 1", "kind:daily-post", "slot: morning"], 3),
        ([*HEAD, "slot:morning"], 4),
    ],
)
def test_a_key_without_a_space_behind_its_colon_is_found_on_its_line(
    project: Project, keys: list[str], line: int
) -> None:
    project.post("a", *keys)
    expect(project.said(FILE), (f"{FILE}:{line}: error", "space"))


def test_a_file_from_windows_is_read_like_any_other(project: Project) -> None:
    project.write(
        FILE, "\ufeff---\r\nday: 1\r\nkind: daily-post\r\nlate_ok: soon\r\n---\r\nOne\r\n\r\nTwo\r\n"
    )
    expect(project.said(FILE), (f"{FILE}:4: error", "late_ok:"))
    assert project.content().posts[0].body == "One\n\nTwo"


@pytest.mark.parametrize(
    ("data", "line"),
    [
        case(post(*HEAD, body="Grüße").encode("latin-1"), 5, id="western"),
        case(post(*HEAD, body="Grüße").encode("utf-16"), 1, id="UTF-16"),
        case(b"---\nday: 1\nkind: caf\xe9\n---\nHello\n", 3, id="in a key"),
        case(b"\xef\xbb\xbf---\n\xff: 1\n---\n", 2, id="behind a byte order mark"),
    ],
)
def test_a_file_in_another_encoding_is_refused_on_the_line_of_its_first_wrong_letter(
    project: Project, data: bytes, line: int
) -> None:
    project.write(FILE, data)
    expect(project.said(FILE), (f"{FILE}:{line}: error", "UTF-8", "save"))


def test_a_control_character_is_found_on_its_line(project: Project) -> None:
    project.post("a", *HEAD, "slot: morning\x07")
    [said] = project.said(FILE)
    assert said.startswith(f"{FILE}:4: error: ")
    assert "unicode string" not in said


@pytest.mark.parametrize("separator", ["\u2028", "\u2029", "\x85", "\x0b", "\x0c"])
def test_a_line_is_what_an_editor_calls_a_line(project: Project, separator: str) -> None:
    # Word processors and web pages put such separators into what is copied from them.
    project.post("a", *HEAD, f'first_comment: "One{separator * 3}Two"', "colour: red")
    said = project.said(FILE)
    assert [line for line in said if "colour" in line or "control" in line or "character" in line]
    assert all(line.startswith((f"{FILE}:4: ", f"{FILE}:5: ")) for line in said), said


def test_a_file_that_is_too_large_is_not_read(project: Project) -> None:
    project.post("a", *HEAD, body="a" * 256 * 1024)
    expect(project.said(FILE), (f"{FILE}:1: error", "257 KiB", "256 KiB"))


@pytest.mark.skipif(
    sys.platform != "linux", reason="only Linux has a file that nobody can read, not even root"
)
def test_a_file_that_can_not_be_read_is_an_error_and_not_a_crash(project: Project) -> None:
    (project.folder / FILE).symlink_to("/proc/self/mem")
    expect(project.said(FILE), (f"{FILE}:1: error", "can not be read"))


@pytest.mark.parametrize("kind", ["folder", "dangling link", "link to itself"])
def test_a_post_that_is_no_file_is_not_passed_over_in_silence(project: Project, kind: str) -> None:
    path = project.folder / FILE
    if kind == "folder":
        path.mkdir()
    else:
        path.symlink_to("a.md" if kind == "link to itself" else "gone.md")
    [said] = project.said(FILE)
    assert said.startswith(f"{FILE}:1: ")


def test_a_name_that_is_not_utf_8_is_an_error(project: Project) -> None:
    path = project.folder / "posts/week/caf\udce9.md"
    try:
        path.write_text(post(*HEAD))
    except OSError:
        pytest.skip("this file system takes no such name")
    [problem] = [one for one in project.problems() if "caf" in one.file]
    assert problem.level == "error"
    assert str(problem).encode()  # it can be printed


def test_a_name_means_the_same_on_every_system(project: Project) -> None:
    project.post("cafe\u0301", *HEAD)  # "é" as a Mac stores it
    assert [one.path for one in project.content().posts] == ["week/caf\u00e9.md"]


@pytest.mark.parametrize(
    "key",
    [
        r'"a\nposts/week/b.md:1: error: forged": 1',
        r'kind: "daily\npost"',
        r'slot: "\e[2Jmorning"',
        r'link: "https://\ud800.org"',
        r'"\ud800": 1',
        r'accounts: ["a\u2028b"]',
        r'late_ok: "\u202E3h"',
        r'media: [{file: "a\nb.jpg", alt: A}]',
    ],
)
def test_a_message_is_one_line_that_any_terminal_can_show(project: Project, key: str) -> None:
    keys = [line for line in HEAD if not key.startswith(line.partition(":")[0])]
    project.post("a", *keys, key)
    said = project.said(FILE)
    assert said
    for line in said:
        assert is_one_line(line), ascii(line)


@pytest.mark.parametrize("key", ["kind", "day", "at", "slot", "link", "late_ok", "status"])
def test_a_message_is_short_enough_to_be_read(project: Project, key: str) -> None:
    keys = [line for line in HEAD if not line.startswith(f"{key}:")]
    project.post("a", *keys, f"{key}: {'9' * 1_500}")
    said = [line for line in project.said(FILE) if f" {key}: " in line]
    assert said
    assert max(map(len, said)) < 500


def test_all_mistakes_of_a_file_are_said_at_once_in_the_order_of_its_lines(project: Project) -> None:
    project.post(
        "a",
        "day: 9",
        "kind: daily-pots",
        "slot: noon",
        "accounts: [nobody, fice-x, noone]",
        "link: nowhere",
        "media: [{file: gone.jpg, alt: A}]",
        "late_ok: never",
        "colour: red",
        body="a" * 281,
    )
    expect(
        project.said(FILE),
        (f"{FILE}:2: error", "day:"),
        (f"{FILE}:3: error", "kind:"),
        (f"{FILE}:4: error", "slot:"),
        (f"{FILE}:5: error", "'nobody'"),
        (f"{FILE}:5: error", "'noone'"),
        (f"{FILE}:6: error", "link:"),
        (f"{FILE}:7: error", "gone.jpg"),
        (f"{FILE}:8: error", "late_ok:"),
        (f"{FILE}:9: error", "colour"),
    )


def test_the_same_file_stands_for_the_same_post_wherever_the_project_lies(
    project: Project, tmp_path_factory: pytest.TempPathFactory
) -> None:
    project.post("a", *HEAD)
    elsewhere = Project(Path(tmp_path_factory.mktemp("elsewhere")))
    for file in project.folder.rglob("*.*"):
        if file.is_file():
            elsewhere.write(str(file.relative_to(project.folder)), file.read_bytes())
    assert elsewhere.content().posts == project.content().posts

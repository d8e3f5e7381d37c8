"""From files to the queue, as a person goes about it."""

from datetime import UTC, datetime, timedelta

from .workplace import Workplace


def actions(place: Workplace, *words: str) -> list[tuple[str, str]]:
    return [(one["action"], one["post"]) for one in place.run(*words, "--json").objects]


def test_a_campaign_is_queued_moved_edited_and_shortened(place: Workplace) -> None:
    made = place.run("apply", "--starts", "2026-11-30", check=0)
    assert "6 new" in made.err
    queued = place.run("queue", "--json", check=0).objects
    assert [list(one)[:6] for one in queued] == [["id", "post", "account", "network", "state", "due_at"]] * 6
    assert {one["due_at"] for one in queued} == {"2026-11-30T13:00:00+00:00", "2026-12-01T13:00:00+00:00"}

    again = place.run("plan", "--detailed-exitcode", check=0)
    assert "nothing to do" in again.err
    place.post("1-monday", 1, "Another good morning.")
    place.run("plan", "--detailed-exitcode", check=2)
    assert actions(place, "plan") == [("changed", "week/1-monday.md")] * 3
    place.run("apply", check=0)

    (place.folder / "posts/week/2-tuesday.md").unlink()
    assert actions(place, "apply") == [("cancelled", "week/2-tuesday.md")] * 3
    assert len(place.run("queue", "--json").objects) == 3
    assert place.run("plan", "--detailed-exitcode", check=0).out == ""


def test_moving_to_another_weekday_is_said(place: Workplace) -> None:
    done = place.run("plan", "--starts", "2026-12-02", check=0)
    assert "a Monday" in done.err
    assert "a Wednesday now" in done.err


def test_check_says_file_line_level_and_message(place: Workplace) -> None:
    place.run("check", check=0)
    place.write("posts/week/3.md", "---\nday: 9\nknd: daily-post\n---\nHello\n")
    done = place.run("check", check=1)
    lines = done.out.splitlines()
    assert "posts/week/3.md:3: error: unknown key 'knd': did you mean 'kind'?" in lines
    assert any(line.startswith("posts/week/3.md:2: error: day: 9") for line in lines)
    objects = place.run("check", "--json", check=1).objects
    assert {tuple(one) for one in objects} == {("file", "line", "level", "message")}


def test_nothing_is_applied_while_there_is_an_error(place: Workplace) -> None:
    place.write("posts/week/3.md", "---\nday: 9\nkind: daily-post\n---\nHello\n")
    done = place.run("apply", check=1)
    assert "posts/week/3.md:2: error:" in done.err
    assert "nothing was changed" in done.err
    assert place.run("queue", "--json", check=0).objects == []


def test_preview_shows_what_will_be_sent_without_a_secret(place: Workplace) -> None:
    place.environment["FICE_X_API_SECRET"] = "very-secret"
    done = place.run("preview", "posts/week/1-monday.md", check=0)
    assert "part 1 of 1, 32 of 280" in done.out
    assert "commentary" not in done.out
    done = place.run("preview", "posts/week/1-monday.md", "--payload", check=0)
    assert '"commentary": "Good morning from the first day."' in done.out
    assert "very-secret" not in done.out
    found = place.run("preview", "week/1-monday", "--json", check=0).objects
    assert [one["account"] for one in found] == ["fice-x", "fice-facebook", "fice-linkedin"]
    assert found[0]["payloads"] == [{"text": "Good morning from the first day."}]
    assert found[0]["shown"][0]["text"] == "Good morning from the first day."


def test_preflight_says_offline_whether_other_dates_would_do(place: Workplace) -> None:
    versions = '[networks.facebook]\napi_version = "v99.0"\n[networks.linkedin]\napi_version = "209901"\n'
    place.write("config/bot.toml", versions)  # that live whenever this is run
    done = place.run("preflight", "week", "--offline", check=1)
    assert "no\ttime\tweek\tnothing is to come: 6 of 6 are too late and will not go out" in done.out
    assert "1 of 4 stands in the way, and 1 warning; nobody was asked (--offline)" in done.err
    coming = f"{datetime.now(UTC) + timedelta(days=20):%Y-%m-%d}"
    found = place.run("preflight", "week", "--offline", "--starts", coming, "--json", check=0).objects
    assert [one["to_come"] for one in found if one["about"] == "time"] == [6]
    assert place.run("queue", "--json").objects == []

"""A worker that is killed while it brings files to LinkedIn: the post comes once, and no file in vain."""

from collections import Counter
from pathlib import Path

from PIL import Image

from bot.sandbox import Sandbox

from .helper import LONG_S, House, eventually, stop
from .test_signals import faults_to_come


def write_post(house: House, text: str, **alts: str) -> None:
    """A post for LinkedIn that is due now, with files by their names."""
    house.post("1-files", text, "fice-linkedin")
    path = house.posts / "1-files.md"
    media = ", ".join(f'{{file: {name.replace("_", ".")}, alt: "{alt}"}}' for name, alt in alts.items())
    path.write_text(path.read_text().replace("---\n", f"---\nmedia: [{media}]\n", 1))
    house.bot("apply")


def picture(path: Path, colour: str) -> None:
    Image.new("RGB", (8, 8), colour).save(path)


def uploads(sandbox: Sandbox) -> Counter[str]:
    """How often each step of an upload was carried out."""
    return Counter(
        call.operation
        for call in sandbox.calls()
        if call.operation.endswith(("ACTION", "PUT")) and "hang" not in call.outcome
    )


def kill(house: House, *, when_gone: int = 0) -> None:
    """Run a worker until the faults have been met, and kill it."""
    worker = house.worker()
    eventually(lambda: faults_to_come(house.sandbox) == when_gone, LONG_S)
    worker.kill()
    worker.wait()


def test_killed_between_two_files_a_worker_brings_only_the_second_one_again(travelling_house: House) -> None:
    house, sandbox = travelling_house, travelling_house.sandbox
    sandbox.set_refuse_duplicates(False)
    picture(house.posts / "red.jpg", "red")
    picture(house.posts / "blue.jpg", "blue")
    write_post(house, "Two pictures", red_jpg="A red field", blue_jpg="A blue field")
    sandbox.add_fault("linkedin", "slow", on="upload", seconds=0, count=3)
    sandbox.add_fault("linkedin", "hang", on="upload", seconds=60)  # the bytes of the second one
    kill(house)
    assert sandbox.feed() == []
    house.travel(seconds=60)
    worker = house.worker()
    house.live_until({"published": 1})
    assert stop(worker) == 0
    [shown] = sandbox.feed()
    assert shown.alts == ("A red field", "A blue field")
    assert uploads(sandbox) == {"images.ACTION": 3, "dms-uploads.PUT": 2}
    assert "Traceback" not in house.said()


def test_killed_again_and_again_a_worker_brings_a_video_once_and_posts_it_once(
    travelling_house: House,
) -> None:
    house, sandbox = travelling_house, travelling_house.sandbox
    sandbox.set_refuse_duplicates(False)
    (house.posts / "film.mp4").write_bytes(b"\x00\x00\x00\x18ftypmp42" + bytes(5_000_000))
    write_post(house, "A film", film_mp4="A class sings")
    # While LinkedIn works on it.
    worker = house.worker()
    eventually(lambda: "still works on it" in house.said(), LONG_S)
    worker.kill()
    worker.wait()
    assert house.states() == {"scheduled": 1}
    # In the middle of the post, which does not arrive; and once more, when it does.
    for stored in (False, True):
        sandbox.add_fault("linkedin", "hang", stored=stored, seconds=60)
        house.travel(seconds=120)
        worker = house.worker()

        def is_met() -> bool:
            if "uncertain" in house.states():
                house.travel(seconds=5)  # until it has been looked for in vain
            return faults_to_come(sandbox) == 0

        eventually(is_met, LONG_S)
        worker.kill()
        worker.wait()
        assert len(sandbox.feed()) == stored
    house.travel(seconds=60)
    worker = house.worker()
    house.live_until({"published": 1})
    assert stop(worker) == 0
    [shown] = sandbox.feed()
    assert (shown.text, shown.alts) == ("A film", ("A class sings",))
    assert uploads(sandbox) == {"videos.ACTION": 2, "dms-uploads.PUT": 2}
    assert "Traceback" not in house.said()

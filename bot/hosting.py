"""Hosting: refuses a database in a file where the platform takes every file away."""

from bot.errors import SpokenError
from bot.settings import Settings


class VanishingFileError(SpokenError):
    """The database would be lost."""


def refuse_vanishing_file(settings: Settings) -> None:
    """Refuse SQLite on Heroku; other platforms may have a lasting disk, so they are believed.

    Each dyno has a file system of its own, which is thrown away at every restart, and `DYNO` says that this
    is one: https://devcenter.heroku.com/articles/dynos (read 2026-11-24).

    Raises:
        VanishingFileError: with the reason and the remedy.
    """
    dyno = settings.environment.get("DYNO")
    if dyno and settings.database_url.startswith("sqlite"):
        raise VanishingFileError(
            f"a database in a file can not work here: on Heroku the dyno {dyno} has a disk of its own, which "
            "no other one sees and every restart empties; add PostgreSQL, which sets DATABASE_URL: "
            "heroku addons:create heroku-postgresql"
        )

"""The command line: `bot …`; modules hold one group of commands each, and no logic."""

from bot.cli.main import main

__all__ = ["main"]

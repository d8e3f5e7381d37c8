"""`python -m bot`: the same as `bot`."""

from bot.cli import main

main()

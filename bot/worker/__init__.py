"""The worker: the clock and the hands."""

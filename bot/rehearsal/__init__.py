"""A rehearsal: a campaign played in fast time on the sandbox, by the real worker in its own process."""

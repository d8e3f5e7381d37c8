"""Campaign bot: publishes an awareness week to several social networks, on time, never twice, never lost."""

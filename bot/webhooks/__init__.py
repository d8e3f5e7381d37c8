"""Webhooks: tells other programs of every change, signed, in order and at least once."""

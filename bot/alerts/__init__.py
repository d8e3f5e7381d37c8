"""Alerts: people are told what needs them, once, and how the campaign goes, through Apprise."""

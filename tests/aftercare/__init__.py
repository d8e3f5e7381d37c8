"""Tests of what is done about posts that are out."""

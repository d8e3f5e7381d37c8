"""Aftercare: what is done about a post once it is out: taking it away, correcting it, seeing how it does."""

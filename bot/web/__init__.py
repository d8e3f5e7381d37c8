"""The web page: the status and the post log, to look at."""

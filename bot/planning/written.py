"""Written: a text of a post as its author wrote it, with the line of each of its words."""

import re
from bisect import bisect_right
from dataclasses import dataclass, field
from functools import cached_property

_WORD = re.compile(r"\S+")
_FARTHEST = 2_000  # characters from one word to the next, in the file: escapes and indentation are no longer


@dataclass(frozen=True)
class Written:
    """One text: the body, a message for one network, the first comment."""

    key: str  # "body", "text.twitter", "first_comment"
    number: int  # of the message in a thread, from 1
    text: str  # as composing takes it
    line: int  # what is said of the whole text is said here
    source: str = field(repr=False, default="")  # as the file has it, with its quotes and indentation
    begins: int = 0  # the line on which the source begins; 0: not known

    def line_at(self, offset: int) -> int:
        """The line of the word at an offset of the text, or of the nearest before it that was found."""
        offsets, lines = self._places
        at = bisect_right(offsets, offset) - 1
        return lines[at] if at >= 0 else self.line

    def line_of(self, words: str) -> int:
        """The line of the first place that has these words; of the text where none has, or none are given."""
        at = self.text.find(words) if words else -1
        return self.line_at(at) if at >= 0 else self.line

    @cached_property
    def _places(self) -> tuple[list[int], list[int]]:
        """Where each word begins in the text, and on which line of the file.

        YAML changes only the white space between words, apart from escapes in double quotes: a word that is
        not found is passed over.
        """
        offsets: list[int] = []
        lines: list[int] = []
        at, line = 0, self.begins
        for word in _WORD.finditer(self.text) if self.begins else ():
            found = self.source.find(word[0], at, at + len(word[0]) + _FARTHEST)
            if found >= 0:
                line += self.source.count("\n", at, found)
                at = found
                offsets.append(word.start())
                lines.append(line)
                line += self.source.count("\n", at, at + len(word[0]))
                at += len(word[0])
        return offsets, lines

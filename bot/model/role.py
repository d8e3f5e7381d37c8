"""A role: what a member of the team may do on the page; each one includes those before it."""

from enum import StrEnum


class Role(StrEnum):
    """From the least to the most."""

    VIEWER = "viewer"  # reads everything but the team
    EDITOR = "editor"  # writes posts, sends them to review, pauses in an emergency
    APPROVER = "approver"  # lets posts go out, or sends them back
    OPERATOR = "operator"  # holds, moves, cancels and resolves deliveries, resumes, connects accounts
    ADMINISTRATOR = "administrator"  # invites people, gives roles, makes tokens and webhooks for all

    def includes(self, other: "Role") -> bool:
        """Whether whoever has this one may do what the other one may."""
        ladder = list(Role)
        return ladder.index(self) >= ladder.index(other)

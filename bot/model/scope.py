"""A scope: what a program may do with a member's token; each one is a role that the member must have too."""

from enum import StrEnum

from bot.model.role import Role


class Scope(StrEnum):
    """What a token may be made for; each says which role it takes."""

    READ = "read"  # sees what a viewer sees
    WRITE = "write"  # writes posts, pauses in an emergency
    APPROVE = "approve"  # lets posts go out, or sends them back
    OPERATE = "operate"  # holds, moves, cancels and resolves deliveries, resumes
    ADMINISTER = "administer"  # sees what the team has changed, and the webhooks

    @property
    def role(self) -> Role:
        """The role whose part this is."""
        return list(Role)[list(Scope).index(self)]


def scopes_of(role: Role) -> tuple[Scope, ...]:
    """What a member of a role may give a token."""
    return tuple(scope for scope in Scope if role.includes(scope.role))

"""Unable: what a network or its adapter can not do, said in one line."""

from collections.abc import Collection, Mapping

from bot.model.outcome import (
    CannotLook,
    Cause,
    Change,
    Figures,
    NotPublished,
    Rejected,
    RemotePost,
    Uploaded,
)
from bot.model.sending import Sending
from bot.networks.base import Upload


class Unable:
    """The answers of a network that lacks these abilities; an adapter overrides those that it has."""

    title: str

    def upload(self, upload: Upload) -> Uploaded | NotPublished | Rejected:
        """It shows no files."""
        return Rejected(
            Cause.CONTENT, f"{self.title} takes no {upload.media.format or 'file'} from this program"
        )

    def delete(self, post: RemotePost) -> Change:
        """It deletes nothing."""
        return Rejected(Cause.REFUSED, f"{self.title} lets no program delete a post: do it on its page")

    def edit(self, post: RemotePost, to: Sending) -> Change:
        """It changes nothing."""
        return Rejected(Cause.REFUSED, f"{self.title} lets no program change a post: delete it and post anew")

    def figures(self, posts: Collection[RemotePost]) -> Mapping[str, Figures] | CannotLook:
        """It counts nothing."""
        return CannotLook(f"{self.title} gives no figures", for_good=True)

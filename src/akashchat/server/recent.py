"""A store with a short memory of its own before it: for one connection, and gone with it."""

from akashchat.storage.base import ChainTooLong, Kept, ResponseStore

_MOST_BYTES = 32 * 1024 * 1024
_MOST = 1_000


class Recent:
    """See ``ResponseStore``; what is not to last is kept here alone, the newest of it.

    What does last is in the store alone, so that who deletes it there has deleted it.
    """

    def __init__(self, store: ResponseStore) -> None:
        self._store = store
        self._recent: dict[str, Kept] = {}
        self._size = 0

    @property
    def keeps(self) -> bool:
        """See ``ResponseStore``."""
        return self._store.keeps

    def keep(self, kept: Kept, *, lasting: bool = True) -> None:
        """See ``ResponseStore``."""
        if lasting and self._store.keeps:
            self._store.keep(kept)
            return
        self._recent[kept.id] = kept
        self._size += kept.size
        while self._recent and (self._size > _MOST_BYTES or len(self._recent) > _MOST):
            self._size -= self._recent.pop(next(iter(self._recent))).size

    def forget(self, name: str) -> None:
        """Forget one that is here alone."""
        kept = self._recent.pop(name, None)
        self._size -= kept.size if kept is not None else 0

    async def find(self, owner: str, name: str) -> Kept | None:
        """See ``ResponseStore``."""
        found = self._recent.get(name)
        return found if found is not None and found.owner == owner else await self._store.find(owner, name)

    async def chain(self, owner: str, name: str) -> list[Kept] | None:
        """See ``ResponseStore``."""
        found: list[Kept] = []
        while True:
            if name not in self._recent and (before := await self._store.chain(owner, name)) is not None:
                return before + found[::-1]
            kept = await self.find(owner, name)  # alone, as what came before it may be here only
            if kept is None:
                return None
            found.append(kept)
            if not kept.previous:
                return found[::-1]
            if len(found) > _MOST:
                raise ChainTooLong
            name = kept.previous

    async def delete(self, owner: str, name: str) -> bool:
        """See ``ResponseStore``."""
        return await self._store.delete(owner, name)

    async def place(self) -> str:
        """See ``ResponseStore``."""
        return await self._store.place()

"""The issued keys as a process knows them, and the door before them."""

import asyncio
from pathlib import Path

import pytest

from akashchat.errors import DatabaseUnavailable, Unauthenticated
from akashchat.policies.door import Door
from akashchat.policies.issued import digest_of
from akashchat.policies.keyring import Change, Keyring, Wish
from akashchat.policies.keys import Keys
from akashchat.storage.sqlite import SqliteDatabase
from tests.support.clock import FakeClock
from tests.support.keys import Watched, issued, ring


@pytest.fixture
def database(clock: FakeClock) -> Watched:
    """One that can be watched."""
    return Watched(SqliteDatabase("", clock))


@pytest.fixture
def elsewhere(database: Watched, clock: FakeClock) -> Keyring:
    """Another process on the same database."""
    return ring(database, clock)


@pytest.fixture
async def keys(database: Watched, clock: FakeClock) -> Keys:
    """What is known here."""
    keys = issued(clock, database)
    await keys.reload()
    return keys


async def settled() -> None:
    """Until what is done behind everybody is done."""
    while others := asyncio.all_tasks() - {asyncio.current_task()}:  # type: ignore[operator]
        await asyncio.wait(others)


class TestKeys:
    """What is known without asking, and when the database is asked."""

    async def test_a_known_key_costs_no_question(
        self, keys: Keys, elsewhere: Keyring, database: Watched
    ) -> None:
        """However often it is shown."""
        text = (await elsewhere.issue(Wish(name="ci"))).text
        assert await keys.find(digest_of(text)) is not None
        asked = database.asked
        for _ in range(100):
            caller = await keys.find(digest_of(text))
            assert caller is not None
            assert caller.name == "ci"
        assert database.asked == asked

    async def test_a_key_issued_elsewhere_is_known_at_once(self, keys: Keys, elsewhere: Keyring) -> None:
        """The first time it is shown, however fresh what was known is."""
        for name in ("first", "second"):
            text = (await elsewhere.issue(Wish(name=name))).text
            caller = await keys.find(digest_of(text))
            assert caller is not None
            assert caller.name == name

    async def test_a_wrong_key_is_looked_for_once_a_second(
        self, keys: Keys, database: Watched, clock: FakeClock
    ) -> None:
        """Whoever tries keys does not keep the database busy."""
        before = database.asked
        await asyncio.gather(*(keys.find(digest_of(f"ak-{n}")) for n in range(50)))
        assert await keys.find(b"?") is None
        assert database.asked == before + 1
        await clock.advance(1)
        assert await keys.find(b"?") is None
        assert database.asked == before + 2

    async def test_a_key_revoked_elsewhere_ends_within_two_seconds(
        self, keys: Keys, elsewhere: Keyring, clock: FakeClock
    ) -> None:
        """Nobody waits for the look; who comes behind it is refused."""
        key = await elsewhere.issue(Wish(name="ci"))
        digest = digest_of(key.text)
        assert await keys.find(digest)
        await elsewhere.revoke(key.key.id)
        assert await keys.find(digest)
        await clock.advance(2)
        await keys.find(digest)
        await settled()
        with pytest.raises(Unauthenticated, match=r"the key ak-\S{6}… was revoked"):
            await keys.find(digest)

    async def test_after_a_silence_the_first_who_comes_waits_for_the_look(
        self, keys: Keys, elsewhere: Keyring, clock: FakeClock
    ) -> None:
        """What is known from long ago is not gone by."""
        key = await elsewhere.issue(Wish(name="ci"))
        assert await keys.find(digest_of(key.text))
        await elsewhere.revoke(key.key.id)
        await clock.advance(3600)
        with pytest.raises(Unauthenticated):
            await keys.find(digest_of(key.text))

    async def test_a_change_elsewhere_is_followed(
        self, keys: Keys, elsewhere: Keyring, clock: FakeClock
    ) -> None:
        """Also of what a key opens."""
        key = await elsewhere.issue(Wish(name="ci"))
        await keys.find(digest_of(key.text))
        await elsewhere.change(key.key.id, Change(scope={"models": ("m",)}, name="other"))
        await clock.advance(5)
        caller = await keys.find(digest_of(key.text))
        assert caller is not None
        assert (caller.name, caller.scope.models) == ("other", ("m",))

    async def test_a_key_expires_to_the_second(
        self, keys: Keys, elsewhere: Keyring, clock: FakeClock, database: Watched
    ) -> None:
        """By itself: nobody need write anything for it."""
        key = await elsewhere.issue(Wish(name="ci", expires_at=clock.now() + 1.5))
        assert await keys.find(digest_of(key.text))
        asked = database.asked
        await clock.advance(1.5)
        with pytest.raises(Unauthenticated, match="has expired"):
            await keys.find(digest_of(key.text))
        assert database.asked == asked

    async def test_without_the_database_known_keys_go_on(
        self, keys: Keys, elsewhere: Keyring, clock: FakeClock, database: Watched
    ) -> None:
        """Of others nobody can tell; when it is back, all is as before."""
        known, other = [await elsewhere.issue(Wish(name=name)) for name in ("known", "other")]
        await keys.find(digest_of(known.text))
        new = await elsewhere.issue(Wish(name="new"))
        database.down = True
        for _ in range(5):
            await clock.advance(10)
            assert await keys.find(digest_of(known.text))
            assert await keys.find(digest_of(other.text))
            with pytest.raises(DatabaseUnavailable):
                await keys.find(digest_of(new.text))
        database.down = False
        await clock.advance(1)
        assert await keys.find(digest_of(new.text))
        assert await keys.find(digest_of("ak-wrong")) is None

    async def test_when_a_key_was_used_is_written_behind(
        self, keys: Keys, elsewhere: Keyring, clock: FakeClock, database: Watched
    ) -> None:
        """All uses of some seconds are one row, and none is lost at the end."""
        key = await elsewhere.issue(Wish(name="ci"))
        for _ in range(100):
            await keys.find(digest_of(key.text))
        first, asked = clock.now(), database.asked
        assert keys.last_used(key.key) == first
        await clock.advance(10)
        await settled()
        assert database.asked == asked + 1
        found = await elsewhere.find(key.key.id)
        assert found is not None
        assert found.last_used_at == first
        await keys.find(digest_of(key.text))
        await keys.close()
        found = await elsewhere.find(key.key.id)
        assert found is not None
        assert found.last_used_at == clock.now()


class TestDoor:
    """Who is let in."""

    async def test_it_is_open_until_the_first_key(
        self, keys: Keys, elsewhere: Keyring, clock: FakeClock
    ) -> None:
        """And then closed, whatever becomes of that key."""
        door = Door("", keys)
        assert door.open
        assert (await door.admit(None)).name == (await door.admit("any")).name == "anyone"
        key = await elsewhere.issue(Wish(name="ci"))
        await clock.advance(5)
        with pytest.raises(Unauthenticated):
            await door.admit("any")
        assert not door.open
        assert (await door.admit(key.text)).key == key.key.id
        await elsewhere.revoke(key.key.id)
        await clock.advance(5)
        for shown in (None, "", "any", key.text):
            with pytest.raises(Unauthenticated):
                await door.admit(shown)

    async def test_the_first_key_is_known_when_it_is_first_shown(
        self, keys: Keys, elsewhere: Keyring
    ) -> None:
        """Though nobody need show one."""
        door = Door("", keys)
        assert (await door.admit("sk-any")).name == "anyone"
        key = await elsewhere.issue(Wish(name="ci"))
        assert (await door.admit(key.text)).name == "ci"

    async def test_the_operators_own_key_opens_everything(
        self, keys: Keys, elsewhere: Keyring, database: Watched
    ) -> None:
        """Beside issued ones, and without a question."""
        door = Door("sesame", keys)
        key = await elsewhere.issue(Wish(name="ci"))
        asked = database.asked
        bearer = await door.admit("sesame")
        assert (bearer.name, bearer.admin, bearer.key) == ("bearer", True, "")
        for wrong in (None, "", "sesam", "sesame ", "sésame", "\ud800"):
            with pytest.raises(Unauthenticated):
                await door.admit(wrong)
        assert database.asked == asked
        assert not (await door.admit(key.text)).admin

    async def test_it_can_be_closed_before_there_is_a_key(self, keys: Keys) -> None:
        """Where the operator wants that."""
        door = Door("", keys, required=True)
        assert not door.open
        with pytest.raises(Unauthenticated):
            await door.admit(None)

    async def test_while_nobody_knows_whether_there_are_keys_it_is_closed(
        self, database: Watched, clock: FakeClock
    ) -> None:
        """A database that is away opens nothing; the operator's key needs none."""
        database.down = True
        keys = issued(clock, database)
        await keys.reload()
        door = Door("", keys)
        assert not door.open
        with pytest.raises(DatabaseUnavailable):
            await door.admit(None)
        assert (await Door("sesame", keys).admit("sesame")).admin
        database.down = False
        await clock.advance(1)
        assert (await door.admit(None)).name == "anyone"

    async def test_keys_outlive_the_process(self, clock: FakeClock, tmp_path: Path) -> None:
        """They are in the file, and the file is nobody else's."""
        path = tmp_path / "akashchat.db"
        first = SqliteDatabase(str(path), clock)
        key = await ring(first, clock).issue(Wish(name="ci", admin=True))
        await first.close()
        assert path.stat().st_mode & 0o077 == 0
        second = SqliteDatabase(str(path), clock)
        caller = await Door("", issued(clock, second)).admit(key.text)
        assert (caller.name, caller.admin) == ("ci", True)
        await second.close()

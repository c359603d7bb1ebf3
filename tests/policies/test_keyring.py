"""Issued keys in the database: every kind of it keeps them alike."""

import asyncio
from typing import Any

import pytest
from msgspec.structs import asdict

from akashchat.policies.admission import EVERYTHING, UNLIMITED, Allowance, Scope
from akashchat.policies.issued import digest_of
from akashchat.policies.keyring import Change, Keyring, Wish
from akashchat.storage.base import Database, Statement
from tests.support.clock import FakeClock
from tests.support.keys import ring

SCOPE = Scope(models=("DeepSeek-*",), dialects=("chat",))
ALLOWANCE = Allowance(tokens_per_day=10**15, concurrency=3)


@pytest.fixture
def keys(database: Database, clock: FakeClock) -> Keyring:
    """No keys as yet."""
    return ring(database, clock)


async def test_a_key_is_found_as_it_was_issued(keys: Keyring, clock: FakeClock) -> None:
    """With all that was wished for it."""
    wish = Wish(
        name="müller & söhne",
        admin=True,
        scope=SCOPE,
        allowance=ALLOWANCE,
        expires_at=clock.now() + 60.25,
        note="über\nalles",
    )
    issued = await keys.issue(wish)
    assert await keys.find(issued.key.id) == issued.key
    assert await keys.all() == [issued.key]
    assert (issued.key.scope, issued.key.allowance, issued.key.note) == (SCOPE, ALLOWANCE, "über\nalles")
    assert (issued.key.created_at, issued.key.expires_at) == (clock.now(), clock.now() + 60.25)
    assert issued.text.startswith(issued.key.prefix)


async def test_a_key_is_long_random_and_fit_for_a_header(keys: Keyring) -> None:
    """Forty characters behind the mark, and no two alike."""
    texts = {(await keys.issue(Wish(name="many"))).text for _ in range(20)}
    assert len(texts) == 20
    for text in texts:
        assert len(text) == 43
        assert text.startswith("ak-")
        assert text.replace("-", "").replace("_", "").isalnum()


async def test_the_text_is_kept_nowhere(keys: Keyring, database: Database) -> None:
    """The database has its digest, and the first letters that tell it from others."""
    issued = await keys.issue(Wish(name="ci"))
    (rows,) = await database.run(Statement("SELECT * FROM keys"))
    held = [bytes(v) if isinstance(v, bytes | memoryview) else str(v).encode() for v in rows[0]]
    assert digest_of(issued.text) in held
    assert not [value for value in held if issued.text[9:20].encode() in value]


async def test_the_newest_key_comes_first(keys: Keyring, clock: FakeClock) -> None:
    """As people look for it."""
    for name in ("first", "second", "third"):
        await keys.issue(Wish(name=name))
        await clock.advance(1)
    assert [key.name for key in await keys.all()] == ["third", "second", "first"]


@pytest.mark.parametrize(
    "change",
    [
        {"name": "other"},
        {"admin": True},
        {"scope": SCOPE},
        {"scope": EVERYTHING},
        {"allowance": ALLOWANCE},
        {"allowance": UNLIMITED},
        {"expires_at": 1_900_000_000.5},
        {"expires_at": None},
        {"note": "so what"},
        {},
    ],
)
async def test_what_is_not_changed_stays(keys: Keyring, change: dict[str, Any]) -> None:
    """Each by itself."""
    wish = Wish(name="ci", scope=Scope(models=("m",)), allowance=Allowance(concurrency=1), expires_at=1.8e9)
    before = (await keys.issue(wish)).key
    parts = {name: asdict(value) for name, value in change.items() if isinstance(value, Scope | Allowance)}
    after = await keys.change(before.id, Change(**(change | parts)))
    assert after == await keys.find(before.id)
    assert after is not None
    for name in before.__struct_fields__:
        assert getattr(after, name) == change.get(name, getattr(before, name))


async def test_of_changes_at_the_same_time_none_is_lost(keys: Keyring) -> None:
    """Each names one amount or one list, and another may stand when it comes to be written."""
    key = (await keys.issue(Wish(name="ci"))).key
    amounts = dict.fromkeys(asdict(UNLIMITED), 7)
    lists = dict.fromkeys(asdict(EVERYTHING), ("m",))
    changes = [Change(allowance={name: amount}) for name, amount in amounts.items()]
    changes += [Change(scope={name: patterns}) for name, patterns in lists.items()]
    await asyncio.gather(*(keys.change(key.id, change) for change in changes))
    after = await keys.find(key.id)
    assert after is not None
    assert (after.allowance, after.scope) == (Allowance(**amounts), Scope(**lists))


async def test_a_key_is_revoked_once(keys: Keyring, clock: FakeClock) -> None:
    """When it was stays as it is, whoever revokes it again; and it has no new text any more."""
    key = (await keys.issue(Wish(name="ci"))).key
    revoked = await keys.revoke(key.id)
    assert revoked is not None
    assert revoked.revoked_at == clock.now()
    await clock.advance(10)
    assert await keys.revoke(key.id) == revoked
    rotated = await keys.rotate(key.id)
    assert rotated is not None
    assert (rotated.key, (await keys.snapshot()).keys.get(digest_of(rotated.text))) == (revoked, None)


async def test_a_rotated_key_has_another_text_and_stays_the_same_key(keys: Keyring) -> None:
    """Its id, and so all that is kept for it."""
    before = await keys.issue(Wish(name="ci"))
    after = await keys.rotate(before.key.id)
    assert after is not None
    assert (after.key.id, after.key.name) == (before.key.id, "ci")
    known = (await keys.snapshot()).keys
    assert known == {digest_of(after.text): after.key}
    assert digest_of(before.text) not in known


async def test_nothing_becomes_of_a_key_that_is_not_there(keys: Keyring) -> None:
    """It is told so."""
    assert await keys.find("key_none") is None
    assert await keys.change("key_none", Change(name="x")) is None
    assert await keys.revoke("key_none") is None
    assert await keys.rotate("key_none") is None


async def test_every_change_is_counted_and_no_use(keys: Keyring, clock: FakeClock) -> None:
    """By the count other processes see that they must look again."""
    assert await keys.revision() == 0
    key = (await keys.issue(Wish(name="ci"))).key
    await keys.change(key.id, Change(note="x"))
    await keys.rotate(key.id)
    await keys.revoke(key.id)
    assert await keys.revision() == (await keys.snapshot()).revision == 4
    await keys.used({key.id: clock.now()})
    await keys.used({key.id: clock.now() - 5, "key_none": 1.0})
    found = await keys.find(key.id)
    assert found is not None
    assert found.last_used_at == clock.now()
    assert await keys.revision() == 4


async def test_a_key_that_was_spoilt_by_hand_opens_nothing(keys: Keyring, database: Database) -> None:
    """And the others go on."""
    spoilt, good = [(await keys.issue(Wish(name=name))).key for name in ("spoilt", "good")]
    for scope in ("{", '{"models": 5}', "[]"):
        await database.run(Statement("UPDATE keys SET scope = ? WHERE id = ?", [(scope, spoilt.id)]))
        assert await keys.all() == [good]
    await database.run(Statement("UPDATE keys SET scope = '' WHERE id = ?", [(spoilt.id,)]))
    assert await keys.all() == [good, spoilt] or await keys.all() == [spoilt, good]

"""What becomes of settings that are read again, and where each comes from."""

from pathlib import Path

import pytest

from akashchat.settings import BadSettings, Settings, load, options
from akashchat.settings.change import change, effective


@pytest.fixture
def folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Where settings are read, without those of whoever runs the tests."""
    for option in options():
        monkeypatch.delenv(option.variable, raising=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_each_setting_tells_where_it_comes_from(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first of its sources; what is empty in the environment is not there."""
    (folder / ".env").write_text("AKASHCHAT_STRICT=true\nAKASHCHAT_SERVER_GRACE_S=3\n", "utf-8")
    (folder / "akashchat.toml").write_text("strict = false\n[server]\nping_s = 4\nworkers = 2\n", "utf-8")
    monkeypatch.setenv("AKASHCHAT_SERVER_GRACE_S", "2")
    monkeypatch.setenv("AKASHCHAT_SERVER_PING_S", "")
    settings = load({"server": {"workers": 5}})
    assert settings.origins == {
        "AKASHCHAT_STRICT": ".env",
        "AKASHCHAT_SERVER_WORKERS": "the command line",
        "AKASHCHAT_SERVER_GRACE_S": "the environment",
        "AKASHCHAT_SERVER_PING_S": "akashchat.toml",
    }
    server = settings.server
    assert (settings.strict, server.workers, server.grace_s, server.ping_s) == (True, 5, 2, 4)


def test_what_only_a_start_heeds_keeps_its_value() -> None:
    """All else is as wanted, in the same group too."""
    now = Settings(_env_file=None)  # type: ignore[call-arg]
    wanted = Settings(
        _env_file=None,  # type: ignore[call-arg]
        SERVER_ADDRESS="0.0.0.0:1",
        server={"workers": 4, "ping_s": 1},
        strict=True,
    )
    terms = change(now, wanted)
    assert terms.changed == ["AKASHCHAT_STRICT", "AKASHCHAT_SERVER_PING_S"]
    assert terms.waiting == ["SERVER_ADDRESS", "AKASHCHAT_SERVER_WORKERS"]
    assert terms.settings == now.model_copy(
        update={"strict": True, "server": now.server.model_copy(update={"ping_s": 1})}
    )
    assert change(terms.settings, wanted).changed == []


def test_no_secret_is_shown() -> None:
    """Not those of upstreams either; whether there is one is."""
    settings = Settings(
        _env_file=None,  # type: ignore[call-arg]
        BEARER_TOKEN="s3cret",
        akash={"cookie": "s3cret=1"},
        akashml={"key": "s3cret"},
        upstreams={"mine": {"base_url": "http://u.test/v1", "key": "s3cret"}},
    )
    told = {one["variable"]: one["value"] for one in effective(settings)}
    assert "s3cret" not in str(told)
    assert told["BEARER_TOKEN"] == told["AKASHCHAT_AKASHML_KEY"] == "********"
    assert told["AKASHCHAT_AKASH_ACCESS_TOKEN"] == ""
    assert told["AKASHCHAT_UPSTREAMS"]["mine"]["base_url"] == "http://u.test/v1"  # type: ignore[index]


@pytest.mark.usefixtures("folder")
def test_workers_need_something_to_share() -> None:
    """What each has in its own memory the others do not find."""
    with pytest.raises(BadSettings, match="AKASHCHAT_SERVER_WORKERS"):
        load({"server": {"workers": 2}, "storage": {"path": ":memory:"}})
    assert load({"server": {"workers": 1}, "storage": {"path": ":memory:"}}).server.workers == 1

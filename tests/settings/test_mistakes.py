"""What an operator is told of settings that cannot be used: which one, where within it, and why."""

import pathlib

import pytest

from akashchat.settings import BadSettings, load

URL = '"base_url": "http://localhost:8000/v1"'


def told(monkeypatch: pytest.MonkeyPatch, folder: pathlib.Path, **environment: str) -> list[str]:
    """The lines that these variables give."""
    monkeypatch.chdir(folder)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(BadSettings) as raised:
        load()
    return str(raised.value).splitlines()


@pytest.mark.parametrize(
    ("upstreams", "lines"),
    [
        ('{"a": {}}', ["a.base_url: Field required"]),
        (f'{{"a": {{{URL}, "kye": "s3cret"}}}}', ["a.kye: there is no such setting"]),
        (
            f'{{"a": {{{URL}, "weight": 0, "retries": -1}}}}',
            [
                "a.weight: Input should be greater than 0",
                "a.retries: Input should be greater than or equal to 0",
            ],
        ),
        (f'{{"a": {{{URL}, "only": ["x", 1]}}}}', ["a.only.1: Input should be a valid string"]),
        (
            f'{{"a/b": {{{URL}}}}}',
            ["a/b: must be lower case letters, digits, '_', '.' and '-', such as my-vllm"],
        ),
        (
            '{"a": {"base_url": "http://me:s3cret@localhost/v1"}}',
            ["a.base_url: must be an address without a user and password, as these would not be sent"],
        ),
        ("[1]", ["Input should be a valid dictionary"]),
    ],
)
def test_what_is_wrong_about_an_upstream_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path, upstreams: str, lines: list[str]
) -> None:
    """By the variable there is, and the place in its JSON; what was written there is not shown, it may be a key."""
    assert told(monkeypatch, tmp_path, AKASHCHAT_UPSTREAMS=upstreams) == [
        f"AKASHCHAT_UPSTREAMS: {line}" for line in lines
    ]


@pytest.mark.parametrize(
    ("variable", "value", "line"),
    [
        ("SERVER_ADDRESS", "here", "must be host:port, such as localhost:16571 or 0.0.0.0:16571"),
        ("AKASHCHAT_STRICT", "perhaps", "Input should be a valid boolean, unable to interpret input"),
        ("AKASHCHAT_AKASH_QUOTA", "maybe", "Input should be 'failover', 'wait' or 'refuse'"),
        ("AKASHCHAT_MODELS_FALLBACKS", '{"a": "b"}', "a: Input should be a valid list"),
        ("AKASHCHAT_POLICIES_RETRY", "1", "there is no such setting"),
    ],
)
def test_what_is_wrong_about_a_setting_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path, variable: str, value: str, line: str
) -> None:
    """By the name that was written."""
    assert told(monkeypatch, tmp_path, **{variable: value}) == [f"{variable}: {line}"]

"""What runs the gateway on Akash itself."""

import pathlib
import re

import jsonschema
import pytest
import yaml

from akashchat.settings import Settings, options
from tests.deploy.schemas import SDL

ROOT = pathlib.Path(__file__).parents[2]
FOLDER = ROOT / "deploy" / "akash"
SERVER = Settings.model_fields["server"].default
PORT = int(Settings.model_fields["server_address"].default.rpartition(":")[2])


@pytest.fixture
def sdl():
    """The SDL."""
    return yaml.safe_load((FOLDER / "deploy.yaml").read_text("utf-8"))


@pytest.fixture
def service(sdl):
    """The gateway in it."""
    return sdl["services"]["akashchat"]


def test_it_has_the_form_of_an_sdl(sdl):
    """Every word is one that Akash documents, in its place."""
    jsonschema.validate(sdl, SDL)


def test_everything_it_names_is_there(sdl):
    """Services, resources, prices and places go together."""
    profiles = sdl["profiles"]
    assert {*sdl["deployment"]} == {*sdl["services"]}
    for name, places in sdl["deployment"].items():
        for place, asked in places.items():
            assert asked["profile"] in profiles["compute"]
            assert asked["profile"] in profiles["placement"][place]["pricing"]
            volumes = profiles["compute"][asked["profile"]]["resources"]["storage"]
            mounts = sdl["services"][name]["params"]["storage"]
            assert {*mounts} == {volume["name"] for volume in volumes if "name" in volume}


def test_the_gateway_takes_its_settings(service):
    """And nobody asks it without a key."""
    given = dict(one.split("=", 1) for one in service["env"])
    assert {*given} <= {option.variable for option in options()}
    assert given["SERVER_ADDRESS"] == f"0.0.0.0:{PORT}"
    assert given["BEARER_TOKEN"]


def test_what_is_kept_is_on_the_volume(sdl, service):
    """It outlives the container; one database is one gateway's."""
    (path,) = (one.partition("=")[2] for one in service["env"] if one.startswith("AKASHCHAT_STORAGE_PATH="))
    (mount,) = service["params"]["storage"].values()
    assert path.startswith(f"{mount['mount']}/")
    assert sdl["deployment"]["akashchat"]["akash"]["count"] == 1


def test_the_way_there_is_as_wide_as_the_gateway(service):
    """The provider's proxy takes what the gateway takes, and waits longer than a stream is silent."""
    (exposed,) = service["expose"]
    assert exposed["port"] == PORT
    proxy = exposed["http_options"]
    assert proxy["max_body_size"] == SERVER.max_body_bytes
    assert proxy["read_timeout"] > 1000 * max(SERVER.ping_s, SERVER.grace_s)


def test_the_gateway_is_nobody_special_there_either():
    """The image begins as root to give the volume away, and is then the user of the usual image, for good."""
    text = (FOLDER / "Dockerfile").read_text("utf-8")
    (user, group), *_ = re.findall(
        r"^USER (\d+):(\d+)$", (ROOT / "Dockerfile").read_text("utf-8"), re.MULTILINE
    )
    assert f"chown {user}:{group} /var/lib/akashchat && exec setpriv --reuid={user} --regid={group} " in text
    for right in ("--clear-groups", "--bounding-set=-all", "--inh-caps=-all", "--no-new-privs"):
        assert right in text

"""What a release is made of, and how it is given out."""

import re
import tomllib
from itertools import chain

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.deploy.composed import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
OURS = PROJECT["project"]
WANTED = {
    "requirements.lock": [*OURS["dependencies"], *chain(*OURS["optional-dependencies"].values())],
    "requirements.build.lock": PROJECT["build-system"]["requires"],
}
DOCKERFILE = (ROOT / "Dockerfile").read_text("utf-8")
RELEASE = yaml.safe_load((ROOT / ".github" / "workflows" / "release.yml").read_text("utf-8"))


def locked(name):
    """What a lock has: by name the version, and how many hashes."""
    entries = re.split(r"\n(?=\S)", (ROOT / name).read_text("utf-8").strip())
    found = {}
    for entry in entries:
        named = re.match(r"([\w.-]+)(?:\[[\w,-]+\])?==(\S+)", entry)
        assert named, entry
        found[canonicalize_name(named[1])] = (
            named[2],
            len(re.findall(r"--hash=sha256:[0-9a-f]{64}\b", entry)),
        )
    return found


@pytest.mark.parametrize("name", WANTED)
def test_the_lock_has_what_the_project_needs(name):
    """Every dependency and extra, in a version that it takes; `make lock` writes them anew."""
    versions = locked(name)
    for asked in map(Requirement, WANTED[name]):
        assert asked.specifier.contains(versions[canonicalize_name(asked.name)][0]), asked


@pytest.mark.parametrize("name", WANTED)
def test_what_is_locked_is_locked_to_the_byte(name):
    """Each has its hashes, and nothing says where it comes from."""
    assert all(hashes for _, hashes in locked(name).values())
    assert not re.search(r"://|--(extra-)?index|--find", (ROOT / name).read_text("utf-8"))


def test_the_image_is_made_of_nothing_else():
    """What is installed has its hash told; the rest is installed without its dependencies."""
    for run in re.sub(r"\\\n", " ", DOCKERFILE).split(" && "):
        if " install --no-cache-dir" in run:
            assert "--require-hashes" in run or "--no-deps --no-index" in run
    assert "--no-build-isolation" in DOCKERFILE
    for name in WANTED:
        assert f"--requirement {name}" in DOCKERFILE


def test_the_workflow_gives_out_only_what_was_checked():
    """Each job waits for the checks, may do what it is for, and uses what is pinned to one commit."""
    assert RELEASE["permissions"] == {"contents": "read"}
    jobs = RELEASE["jobs"]
    assert {"run": ".ci/run"} in jobs["build"]["steps"]
    assert {"run": "make sbom"} in jobs["build"]["steps"]
    assert {name: job["needs"] for name, job in jobs.items() if "needs" in job} == {
        "image": "build",
        "package": "build",
        "notes": ["image", "package"],
    }
    assert jobs["package"]["permissions"] == {"id-token": "write"}
    used = [step["uses"] for job in jobs.values() for step in job["steps"] if "uses" in step]
    assert all(re.search(r"@[0-9a-f]{40}$", action) for action in used)

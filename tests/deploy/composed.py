"""Files for Docker Compose, read as Compose reads them."""

import pathlib
from typing import Any

import yaml

ROOT = pathlib.Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"


def read(path: str) -> Any:
    """A file of the folder."""
    return yaml.safe_load((DEPLOY / path).read_text("utf-8"))


def composed(path: str) -> Any:
    """A file, with what its services extend filled in."""
    file = read(path)
    for name, service in file["services"].items():
        if "extends" in service:
            asked = service.pop("extends")
            whole = read(asked["file"])["services"][asked["service"]]
            both = {**whole.get("environment", {}), **service.get("environment", {})}
            file["services"][name] = {**whole, **service, **({"environment": both} if both else {})}
    return file

"""CompatCanary, which scans an API that says it is OpenAI's."""

import json
import subprocess

from clients.checks import MODEL, URL, check


@check
def all_of_it():
    command = ["compatcanary", "scan", "--base-url", URL, "--model", MODEL, "--format", "json"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=80, check=False)  # noqa: S603
    report = json.loads(done.stdout)
    wrong = [told for told in report["results"] if told["status"] != "pass"]
    assert report["results"], done.stderr
    assert not wrong, wrong

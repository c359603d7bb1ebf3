"""llm-comply, which holds what comes against the specifications of OpenAI, Anthropic and Open Responses."""

import json
import subprocess

from clients.checks import CLAUDE, REASONER, URL, check_each

FORMATS = {
    "open-responses": (REASONER, ""),
    "openai-chat": (REASONER, ""),
    "anthropic": (CLAUDE, "anthropic-version:2023-06-01"),
}


@check_each({name: lambda name=name: name for name in FORMATS})
def all_of_it(name):
    model, header = FORMATS[name]
    command = [
        "llm-comply",
        "--base-url",
        URL,
        "--api-key",
        "any",
        "--model",
        model,
        "--format",
        name,
        "--json",
    ]
    done = subprocess.run(  # noqa: S603
        [*command, *(["--header", header] if header else [])],
        capture_output=True,
        text=True,
        timeout=80,
        check=False,
    )
    report = json.loads(done.stdout)
    wrong = [told for told in report["results"] if told["status"] != "passed"]
    assert report["results"], done.stderr
    assert not wrong, wrong

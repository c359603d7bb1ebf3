"""The command ``llm``, with a model in its ``extra-openai-models.yaml``."""

import json
import os
import pathlib
import subprocess

from clients.checks import GREETING, MODEL, QUESTION, URL, check

FOLDER = pathlib.Path("llm").absolute()
FOLDER.mkdir()
(FOLDER / "extra-openai-models.yaml").write_text(
    f"""- model_id: akash
  model_name: {MODEL}
  api_base: {URL}
  supports_tools: true
  supports_schema: true
""",
    "utf-8",
)


def llm(*arguments):
    command = ["llm", *arguments]
    environment = {**os.environ, "LLM_USER_PATH": str(FOLDER)}
    done = subprocess.run(  # noqa: S603
        command, env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    assert not done.returncode, done.stderr
    return done.stdout


@check
def prompt():
    assert llm("-m", "akash", "--no-stream", GREETING).strip()


@check
def stream():
    assert llm("-m", "akash", GREETING).strip()


@check
def tools():
    function = (
        'def get_weather(city: str) -> str:\n    "Get the weather of a city"\n    return "sunny in " + city\n'
    )
    assert "sunny in" in llm("-m", "akash", "--functions", function, QUESTION)


@check
def schema():
    assert set(json.loads(llm("-m", "akash", "--schema", "name, age int", GREETING))) == {"name", "age"}

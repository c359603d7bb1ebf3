"""Open WebUI, the server: the API its page uses, over each kind of connection it has."""

import contextlib
import json
import os
import pathlib
import socket
import subprocess
import time
import urllib.error
import urllib.request
import uuid

from clients.checks import DESCRIPTION, GATEWAY, GREETING, MODEL, QUESTION, URL, check, check_each

START_S = 120
CHAT_S = 10
COMMON = {
    "WEBUI_AUTH": "False",
    "WEBUI_SECRET_KEY": "nobody is to be kept out of here",
    "OFFLINE_MODE": "True",
    "HF_HUB_OFFLINE": "1",
    "RAG_EMBEDDING_ENGINE": "openai",
}
CONNECTIONS = {
    "chats": {
        "ENABLE_OLLAMA_API": "False",
        "OPENAI_API_BASE_URL": URL,
        "OPENAI_API_KEY": "any",
        "ENABLE_IMAGE_GENERATION": "True",
        "IMAGE_GENERATION_ENGINE": "openai",
        "IMAGE_GENERATION_MODEL": "AkashGen",
        "IMAGES_OPENAI_API_BASE_URL": URL,
        "IMAGES_OPENAI_API_KEY": "any",
        "IMAGE_SIZE": "1024x1024",
    },
    "responses": {
        "ENABLE_OLLAMA_API": "False",
        "OPENAI_API_BASE_URL": URL,
        "OPENAI_API_KEY": "any",
        "OPENAI_API_CONFIGS": json.dumps({"0": {"api_type": "responses"}}),
    },
    "Ollama": {"ENABLE_OPENAI_API": "False", "ENABLE_OLLAMA_API": "True", "OLLAMA_BASE_URL": GATEWAY},
}
TOOL = f'''class Tools:
    def get_weather(self, city: str) -> str:
        """
        {DESCRIPTION}
        :param city: The name of the city
        """
        return f"sunny in {{city}}"
'''


class Webui:
    """A server of its own, with nothing in it yet, and a person at it."""

    def __init__(self, name, settings, running):
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        self.key = ""
        self._folder = pathlib.Path(name).absolute()
        self._folder.mkdir()
        command = ["open-webui", "serve", "--host", "127.0.0.1", "--port", str(port)]
        said = running.enter_context((self._folder / "said.log").open("wb"))
        environment = {**os.environ, **COMMON, **settings, "DATA_DIR": str(self._folder)}
        self._process = subprocess.Popen(  # noqa: S603
            command, env=environment, cwd=self._folder, stdout=said, stderr=said
        )
        running.callback(self._process.wait)
        running.callback(self._process.terminate)

    def begin(self):
        """Wait until it serves, and sign in."""
        until = time.monotonic() + START_S
        while not self._answers():
            assert self._process.poll() is None, (self._folder / "said.log").read_text("utf-8")[-500:]
            assert time.monotonic() < until, "it does not serve"
            time.sleep(0.2)
        self.key = self.ask("/api/v1/auths/signin", {"email": "", "password": ""})["token"]

    def _answers(self):
        try:
            with urllib.request.urlopen(f"{self.url}/health", timeout=5):  # noqa: S310
                return True
        except OSError:
            return False

    def read(self, path, body=None):
        """What is at a path, or what comes of a body sent there."""
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {self.key}"}
        asked = urllib.request.Request(  # noqa: S310
            self.url + path, None if body is None else json.dumps(body).encode(), headers
        )
        with urllib.request.urlopen(asked, timeout=60) as reply:  # noqa: S310
            return reply.read()

    def ask(self, path, body=None):
        """The same, which is JSON."""
        return json.loads(self.read(path, body))

    def chat(self, question, **fields):
        """The answer in a new chat, begun as the page begins it, when it is saved and the chat has its title."""
        message = {"id": str(uuid.uuid4()), "role": "user", "content": question, "models": [self.model]}
        begun = self.ask(
            "/api/chat/completions",
            {
                "model": self.model,
                "stream": True,
                "messages": [{"role": "user", "content": question}],
                "user_message": message,
                "parent_id": None,
                "id": str(uuid.uuid4()),
                "session_id": "none",
                "background_tasks": {"title_generation": True},
                **fields,
            },
        )
        until = time.monotonic() + CHAT_S
        while True:
            chat = self.ask(f"/api/v1/chats/{begun['chat_id']}")
            answers = [
                said for said in chat["chat"]["history"]["messages"].values() if said["role"] == "assistant"
            ]
            if answers and answers[0].get("done") and chat["title"] != "New Chat":
                return answers[0]
            assert time.monotonic() < until, chat
            time.sleep(0.1)

    @property
    def model(self):
        """The id by which it knows our model."""
        listed = [model["id"] for model in self.ask("/api/models")["data"]]
        return next(name for name in listed if name.partition(":")[0] == MODEL)


with contextlib.ExitStack() as running:
    servers = {name: Webui(name, settings, running) for name, settings in CONNECTIONS.items()}
    for server in servers.values():
        server.begin()
    over_each = check_each({name: lambda server=server: server for name, server in servers.items()})

    @over_each
    def models(webui):
        assert webui.model

    @over_each
    def stream(webui):
        body = {"model": webui.model, "stream": True, "messages": [{"role": "user", "content": GREETING}]}
        lines = webui.read("/api/chat/completions", body).decode().split("\n\n")
        assert "[DONE]" in lines[-2] or "response.completed" in lines[-2], (
            lines
        )  # it passes responses through
        assert sum('"content"' in line or "text.delta" in line for line in lines) > 2, lines

    @over_each
    def chat_of_the_page(webui):
        answer = webui.chat(GREETING)
        assert "simulator" in answer["content"], answer
        assert "reasoning" in {item["type"] for item in answer["output"]}, answer

    @over_each
    def tool(webui):
        if "weather" not in {tool["id"] for tool in webui.ask("/api/v1/tools/")}:
            form = {"id": "weather", "name": "Weather", "content": TOOL, "meta": {"description": DESCRIPTION}}
            webui.ask("/api/v1/tools/create", form)
        answer = webui.chat(QUESTION, tool_ids=["weather"], params={"function_calling": "native"})
        assert "function_call" in {item["type"] for item in answer["output"]}, answer
        assert "sunny in" in answer["content"], answer

    @over_each
    def title(webui):
        messages = [{"role": "user", "content": GREETING}, {"role": "assistant", "content": "Hi"}]
        reply = webui.ask("/api/v1/tasks/title/completions", {"model": webui.model, "messages": messages})
        assert json.loads(reply["choices"][0]["message"]["content"])["title"], reply

    @check
    def picture():
        (made,) = servers["chats"].ask("/api/v1/images/generations", {"prompt": "A red fox"})
        assert servers["chats"].read(made["url"])[8:12] == b"WEBP"

    @check
    def way_through_to_ollama():
        ask = servers["Ollama"].ask
        assert ask("/ollama/api/version")["version"]
        said = {"model": MODEL, "stream": False, "messages": [{"role": "user", "content": GREETING}]}
        assert ask("/ollama/api/chat", said)["message"]["content"]

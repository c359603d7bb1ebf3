"""The clients that are run: what is installed, and which script runs it."""

from dataclasses import dataclass
from typing import Literal

Kind = Literal["python", "node", "command"]


@dataclass(frozen=True)
class Client:
    """A client and its script; the first package is the one whose version is told."""

    name: str
    script: str
    packages: tuple[str, ...]
    kind: Kind = "python"
    """``python`` and ``node``: a script in that language.  ``command``: a command of npm's, run by a Python script."""

    heavy: bool = False
    """Gigabytes to install: run only where its name is asked for."""

    @property
    def stem(self) -> str:
        """The name of its folder."""
        return self.script.partition(".")[0]


CLIENTS = (
    Client("OpenAI, Python", "openai_python.py", ("openai",)),
    Client("Anthropic, Python", "anthropic_python.py", ("anthropic",)),
    Client("Ollama, Python", "ollama_python.py", ("ollama",)),
    Client("OpenAI Agents SDK", "agents_sdk.py", ("openai-agents",)),
    Client(
        "LangChain, Python",
        "langchain_clients.py",
        ("langchain", "langchain-openai", "langchain-anthropic", "langchain-ollama"),
    ),
    Client("LlamaIndex", "llama_index.py", ("llama-index-core", "llama-index-llms-openai-like")),
    Client("Pydantic AI", "pydantic_ai_agent.py", ("pydantic-ai-slim[openai,anthropic]",)),
    Client("Instructor", "instructor_modes.py", ("instructor", "anthropic")),
    Client("LiteLLM", "litellm_client.py", ("litellm[mcp]",)),
    Client("LLM", "llm_cli.py", ("llm",)),
    Client("aider", "aider_cli.py", ("aider-chat",)),
    Client("Open WebUI", "open_webui.py", ("open-webui",), heavy=True),
    Client("OpenAI, JavaScript", "openai_node.mjs", ("openai", "zod"), "node"),
    Client("Anthropic, JavaScript", "anthropic_node.mjs", ("@anthropic-ai/sdk", "zod"), "node"),
    Client("Ollama, JavaScript", "ollama_node.mjs", ("ollama",), "node"),
    Client(
        "AI SDK",
        "vercel_ai.mjs",
        ("ai", "@ai-sdk/openai", "@ai-sdk/openai-compatible", "@ai-sdk/anthropic", "zod"),
        "node",
    ),
    Client(
        "LangChain, JavaScript",
        "langchain.mjs",
        ("langchain", "@langchain/core", "@langchain/openai", "@langchain/anthropic", "zod"),
        "node",
    ),
    Client("Codex", "codex_cli.py", ("@openai/codex",), "command"),
    Client("Claude Code", "claude_code.py", ("@anthropic-ai/claude-code",), "command"),
    Client("CompatCanary", "compat_canary.py", ("compatcanary",), "command"),
    Client("llm-comply", "llm_comply.py", ("llm-comply",)),
)


def chosen(only: str) -> list[Client]:
    """Those whose name or script holds one of the words, apart by commas; without words, all but the heavy ones."""
    words = [word.strip().lower() for word in only.split(",") if word.strip()]
    return [
        client
        for client in CLIENTS
        if (
            any(word in f"{client.name} {client.script}".lower() for word in words)
            if words
            else not client.heavy
        )
    ]

"""What the simulator says when nobody told it what to say.

Honest first: no model is behind it. Then useful to look at: what it was asked, and with which settings. The
same request always gets the same answer, in Chinese when the question is.
"""

import re
from typing import Final

from akashchat.simulator.prompt import PERSONA, Prompt, read_text

SHOWN_CHARACTERS: Final = 400
"""How much of a question is repeated in the answer."""

_TOKEN: Final = re.compile(r"\s*[\u2e80-\uffef]|\s*[^\s\u2e80-\uffef]+|\s+")
_CHINESE: Final = re.compile(r"[\u4e00-\u9fff]")

_ENGLISH_ANSWER: Final = """\
Hello! I am the Akash Chat **simulator**: I speak the real wire format, but no model is behind me.

You asked:

> {question}

Here is what reached me in the place of `{model}`:

- {count} message(s), about {tokens} tokens
- instructions: {instructions}
- temperature {temperature}, top_p {top_p}

Everything between your client and me works. Point the gateway at the real Akash Chat for a real answer."""

_CHINESE_ANSWER: Final = """\
你好！我是 Akash Chat **模拟器**：我使用真实的传输格式，但背后没有任何模型。

你问的是：

> {question}

我代替 `{model}` 收到了：

- {count} 条消息，约 {tokens} 个 token
- 系统指令：{instructions}
- temperature {temperature}，top_p {top_p}

从你的客户端到我这里一切正常。把网关指向真正的 Akash Chat，就能得到真正的回答。"""

_ENGLISH_THOUGHTS: Final = (
    "Someone wants an answer. I am only a simulator, so I should say so, kindly, and show what I got."
)
_CHINESE_THOUGHTS: Final = "有人在等回答。我只是一个模拟器，应当友好地说明这一点，并展示我收到的内容。"


def answer(prompt: Prompt) -> str:
    """The answer to a prompt."""
    chinese = _is_chinese(prompt)
    question = prompt.question[:SHOWN_CHARACTERS] + ("…" if len(prompt.question) > SHOWN_CHARACTERS else "")
    sent = prompt.body
    return (_CHINESE_ANSWER if chinese else _ENGLISH_ANSWER).format(
        question=question.replace("\n", "\n> "),
        model=prompt.model.id,
        count=len(prompt.messages),
        tokens=prompt.tokens,
        instructions=_instructions(prompt, chinese=chinese),
        temperature=sent.get("temperature", "–"),
        top_p=sent.get("top_p", "–"),
    )


def thoughts(prompt: Prompt) -> str:
    """What a reasoning model would have thought first."""
    return _CHINESE_THOUGHTS if _is_chinese(prompt) else _ENGLISH_THOUGHTS


def split_tokens(text: str) -> list[str]:
    """The text in pieces the size of tokens: words with the space before them, single Chinese characters."""
    return _TOKEN.findall(text)


def _is_chinese(prompt: Prompt) -> bool:
    return _CHINESE.search(prompt.question) is not None


def _instructions(prompt: Prompt, *, chinese: bool) -> str:
    system = read_text(prompt.messages[0]).strip()
    if system == PERSONA.strip():
        return "应用自带的角色设定" if chinese else "the app's own persona"
    if not system:
        return "无" if chinese else "none"
    line = " ".join(system.split())
    return f"“{line[:80]}…”" if len(line) > 80 else f"“{line}”"

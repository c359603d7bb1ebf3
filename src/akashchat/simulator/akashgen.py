"""AkashGen: a chat request that becomes a picture, or stays a chat.

The app lets a small model decide over the last three messages. The simulator decides by a list of words, and
the picture's prompt is the last thing the user said, a little embellished.
"""

from typing import Final

from akashchat.simulator import lines
from akashchat.simulator.jobs import Fate
from akashchat.simulator.prompt import Prompt, read_text
from akashchat.simulator.stage import Stage

WORDS: Final = (
    "draw", "image", "picture", "paint", "photo", "generate", "sketch", "illustrat",
    "画", "图", "照片", "绘",
)  # fmt: skip

FAKE_USAGE: Final = (20, 50)
"""What the app reports for every picture."""


def wants_picture(prompt: Prompt) -> bool:
    """Whether any of the messages the deciding model sees asks for a picture."""
    spoken = (read_text(message).lower() for message in prompt.messages if message["role"] == "user")
    return any(word in text for text in spoken for word in WORDS)


async def announce_picture(stage: Stage, fate: Fate = "ready", job_id: str | None = None) -> None:
    """Queue a picture and say so in the app's three lines: the tag, which is no JSON, and no first line."""
    prompt = f"{stage.asked.question}, highly detailed, soft light"
    job = stage.world.jobs.make(prompt, fate)
    await stage.open(200, lines.HEADERS)
    await stage.send(lines.image(job_id or job.id, prompt, ""))
    await stage.send(lines.finish_step("stop", *FAKE_USAGE))
    await stage.send(lines.finish_message("stop", *FAKE_USAGE))

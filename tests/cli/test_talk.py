"""The conversation of ``akashchat chat``, in a terminal of its own."""

import asyncio
import os
import pty
import signal
import subprocess
import sys

HOME = {"TERM": "xterm-256color", "COLUMNS": "100", "LINES": "40"}


class Terminal:
    """A command that believes somebody sits before it."""

    def __init__(self, *arguments):
        self._ours, theirs = pty.openpty()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "akashchat", *arguments],
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            env={**os.environ, **HOME},
        )
        os.close(theirs)
        self.seen = ""

    async def shows(self, text):
        """Read until it does; fails where it ends before."""
        while text not in self.seen:
            self.seen += await self._read()

    async def types(self, line):
        """Somebody types, once the prompt is there; what was shown before is done with."""
        await self.shows("> ")
        self.seen = ""
        os.write(self._ours, line.encode())

    async def ends(self):
        """The exit code, when all is read."""
        try:
            while True:
                self.seen += await self._read()
        except EOFError:
            return self.process.wait()
        finally:
            os.close(self._ours)

    async def _read(self):
        try:
            data = await asyncio.to_thread(os.read, self._ours, 65536)
        except OSError:  # how Linux tells that nobody has the other side open
            data = b""
        if not data:
            raise EOFError(self.seen)
        return data.decode("utf-8", "replace")


async def test_a_conversation(akash, gateway, tmp_path):
    """Remembers what was said, asks whom it is told to, and can be kept."""
    (tmp_path / "dot.gif").write_bytes(b"GIF89a")
    akash.say("I am **Ada**.")
    terminal = Terminal("chat", "--url", gateway)
    await terminal.types("/system Be brief.\n")
    await terminal.types("/model Qwen/Qwen3-30B-A3B\n")
    await terminal.types("Who are you?\n")
    await terminal.shows("\x1b[1mAda\x1b[0m")
    await terminal.types("/image dot.gif\n")
    akash.say("Yes.")
    await terminal.types("Really?\n")
    await terminal.shows("Yes.")
    await terminal.types("/save talk.md\n")
    await terminal.types("/nonsense\n")
    await terminal.shows("there is no /nonsense")
    await terminal.types("/quit\n")
    assert await terminal.ends() == 0
    body = akash.chats[-1].body
    assert (body["model"], body["system"]) == ("Qwen/Qwen3-30B-A3B", "Be brief.")
    assert [message["role"] for message in body["messages"]] == ["user", "assistant", "user"]
    kept = (tmp_path / "talk.md").read_text("utf-8")
    assert "**assistant**\n\nI am **Ada**.\n" in kept
    assert "(a picture)" in kept


async def test_ctrl_c_stops_the_answer_and_not_the_conversation(akash, gateway):
    """The prompt comes back; Ctrl-D ends."""
    akash.play("stall_after_start")
    terminal = Terminal("chat", "--url", gateway)
    await terminal.types("Hello\n")
    await akash.stalled()
    terminal.process.send_signal(signal.SIGINT)
    await terminal.shows("stopped")
    akash.resume()
    await terminal.types("\x04")
    assert await terminal.ends() == 0


async def test_a_failure_is_told_and_its_question_taken_back(akash, gateway):
    """So that the next question is not asked behind one without an answer."""
    akash.say("Hi.")
    terminal = Terminal("chat", "--url", gateway, "--model", "nobody")
    await terminal.types("Hello\n")
    await terminal.shows("there is no model 'nobody'")
    await terminal.types("/model DeepSeek-V3.2\n")
    await terminal.types("Hello again\n")
    await terminal.shows("Hi.")
    await terminal.types("/quit\n")
    assert await terminal.ends() == 0
    assert len(akash.chats[-1].body["messages"]) == 1

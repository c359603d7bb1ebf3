"""``akashchat chat``, ``image`` and ``models``, as a shell calls them, with a gateway that runs."""

import asyncio
import json
import signal
import subprocess
import sys

from tests.support.gateway import running

GIF = b"GIF89a\x01\x00\x01\x00\x00\x00\x00;"


async def begun(*arguments):
    """A command on its way, in a process of its own."""
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "akashchat", *arguments),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


async def called(*arguments, given=""):
    """How a command ends, what it prints, and what it says on standard error."""
    process = await begun(*arguments)
    output, aside = await process.communicate(given.encode())
    return process.returncode, output.decode(), aside.decode()


async def test_one_question(akash, gateway):
    """The answer is all that is printed, as it is: a script can use it."""
    akash.say("It is ", "**forty-two**.")
    assert await called("chat", "What is it?", "--url", gateway) == (0, "It is **forty-two**.\n", "")
    assert akash.chats[-1].body["messages"][-1]["content"] == "What is it?"


async def test_a_text_from_standard_input(akash, gateway):
    """Stands below the question, and alone is the question."""
    akash.say("Short.", times=2)
    code, output, _ = await called("chat", "Sum it up", "--url", f"{gateway}/v1", given="A long text.\n")
    assert (code, output) == (0, "Short.\n")
    assert akash.chats[-1].body["messages"][-1]["content"] == "Sum it up\n\nA long text."
    await called("chat", "--url", gateway, given="Hello\n")
    assert akash.chats[-1].body["messages"][-1]["content"] == "Hello"


async def test_a_model_and_a_system_prompt_and_a_picture(akash, gateway, tmp_path):
    """Are sent as they are named."""
    picture = tmp_path / "dot.gif"
    picture.write_bytes(GIF)
    akash.say("A dot.")
    options = ("--model", "Qwen/Qwen3-30B-A3B", "--system", "Be brief.", "--image", str(picture))
    assert (await called("chat", "What is this?", *options, "--url", gateway))[:2] == (0, "A dot.\n")
    body = akash.chats[-1].body
    assert body["model"] == "Qwen/Qwen3-30B-A3B"
    assert body["system"] == "Be brief."
    assert "data:image/gif;base64," in json.dumps(body["messages"])


async def test_thoughts_are_apart(akash, gateway):
    """On standard error where they are asked for, and else nowhere."""
    akash.play("think", times=2)
    hidden = await called("chat", "Hello", "--url", gateway)
    shown = await called("chat", "Hello", "--thoughts", "shown", "--url", gateway)
    assert hidden[:2] == shown[:2]
    assert hidden[2] == ""
    assert "First I consider" in shown[2]


async def test_the_whole_reply_for_programs(akash, gateway):
    """Is the gateway's own object."""
    akash.say("Hi.")
    code, output, _ = await called("chat", "Hello", "--json", "--url", gateway)
    reply = json.loads(output)
    assert (code, reply["object"]) == (0, "chat.completion")
    assert reply["choices"][0]["message"]["content"] == "Hi."


async def test_no_question(gateway):
    """Is a mistake: where nobody types there is no prompt."""
    code, output, aside = await called("chat", "--url", gateway)
    assert (code, output) == (2, "")
    assert "no question" in aside


async def test_a_file_that_is_no_picture(gateway):
    """Is a mistake, and told before anything is asked."""
    code, _, aside = await called("chat", "Look", "--image", "notes.txt", "--url", gateway)
    assert (code, aside) == (2, "notes.txt: not the name of a picture\n")


async def test_what_the_gateway_refuses(akash, gateway):
    """Is told in its own words."""
    code, output, aside = await called("chat", "Hello", "--model", "gpt-4o", "--url", gateway)
    assert (code, output) == (1, "")
    assert aside.startswith("there is no model 'gpt-4o'; available are ")


async def test_an_answer_that_breaks_off(akash, gateway):
    """Shows what came, and fails: it never looks whole."""
    akash.play("drop", at="chat")
    code, _, aside = await called("chat", "Hello", "--url", gateway)
    assert code == 1
    assert aside.strip()


async def test_a_key(akash):
    """Is asked for, and shown."""
    akash.say("Hi.")
    async with running(akash.url, BEARER_TOKEN="s3cret") as url:
        refused = await called("models", "--url", url)
        taken = await called("chat", "Hello", "--key", "s3cret", "--url", url)
    assert (refused[0], refused[1]) == (1, "")
    assert "key" in refused[2]
    assert taken[:2] == (0, "Hi.\n")


async def test_settings_say_where_the_gateway_is(akash, gateway, monkeypatch):
    """The same ones it runs by."""
    akash.say("Hi.")
    monkeypatch.setenv("SERVER_ADDRESS", gateway.removeprefix("http://"))
    assert (await called("chat", "Hello"))[:2] == (0, "Hi.\n")


async def test_no_gateway():
    """Says what to do."""
    code, _, aside = await called("models", "--url", "http://127.0.0.1:9")
    assert code == 1
    assert "`akashchat serve` starts one" in aside.replace("\n", " ")


async def test_something_that_is_no_gateway(akash):
    """Is told, and is no traceback."""
    code, _, aside = await called("models", "--url", akash.url)
    assert code == 1
    assert "Traceback" not in aside


async def test_ctrl_c(akash, gateway):
    """Ends the answer at Akash too, and the exit code says so."""
    akash.play("stall_after_start")
    process = await begun("chat", "Hello", "--url", gateway)
    process.stdin.close()
    await akash.stalled()
    process.send_signal(signal.SIGINT)
    assert await process.wait() == 130
    await akash.left()
    akash.resume()


async def test_a_picture_is_kept(akash, gateway, tmp_path):
    """Under the name of its prompt, or the one that is given, and never over another."""
    first = await called("image", "A red fox!", "--url", gateway)
    second = await called("image", "A red fox!", "--json", "--url", gateway)
    assert first[:2] == (0, "a-red-fox.webp\n")
    told = json.loads(second[1])
    assert (told["file"], told["media_type"]) == ("a-red-fox-2.webp", "image/webp")
    assert (tmp_path / "a-red-fox-2.webp").read_bytes()[8:12] == b"WEBP"
    assert told["bytes"] == (tmp_path / "a-red-fox-2.webp").stat().st_size
    assert (await called("image", "A fox", "--out", "fox.webp", "--url", gateway))[1] == "fox.webp\n"
    assert (tmp_path / "fox.webp").exists()


async def test_a_picture_without_a_place(akash, gateway):
    """Is a mistake that is told before it is drawn."""
    code, _, aside = await called("image", "A fox", "--out", "no/such/fox.webp", "--url", gateway)
    assert (code, aside) == (2, "no/such/fox.webp: there is no folder no/such\n")


async def test_a_picture_that_cannot_be_made(akash, gateway):
    """Is told in the gateway's words."""
    akash.play("image_failed")
    code, output, aside = await called("image", "A fox", "--url", gateway)
    assert (code, output) == (1, "")
    assert "the image could not be made" in aside


async def test_the_models(akash):
    """A line each, for people and for programs."""
    async with running(akash.url, models={"aliases": {"gpt-4o-mini": "DeepSeek-V3.2"}}) as url:
        _, lines, _ = await called("models", "--url", url)
        _, listed, _ = await called("models", "--json", "--url", url)
    head, *rows = [line.split("\t") for line in lines.splitlines()]
    assert head == ["model", "context", "does", "alias of", "upstreams"]
    shown = {row[0]: row[1:] for row in rows}
    assert shown["AkashGen"][1] == "draws"
    assert shown["gpt-4o-mini"][2] == "DeepSeek-V3.2"
    assert shown["DeepSeek-V3.2"][0] == "64,000"
    assert "[tools]" in shown["DeepSeek-V3.2"][1]
    assert [model["id"] for model in json.loads(listed)] == [row[0] for row in rows]

"""Which path is answered by what, and how refusals reach the wire."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

from akashchat.simulator.keyed.asked import read, read_body
from akashchat.simulator.keyed.catalogue import list_models
from akashchat.simulator.keyed.refusals import refuse, refuse_body, refuse_key, refuse_model
from akashchat.simulator.keyed.stage import KeyedStage
from akashchat.simulator.keyed.world import KeyedWorld
from akashchat.simulator.places import Place
from akashchat.simulator.prompt import estimate_tokens
from akashchat.simulator.refusals import Refusal

Endpoint = Callable[[KeyedStage, KeyedWorld], Awaitable[None]]

PREFIX: Final = "/v1"


def find_place(path: str) -> Place:
    """The kind of a request, by its path."""
    return _PLACES.get(path, "other")


async def answer(stage: KeyedStage, world: KeyedWorld) -> None:
    """Answer any request: an early fault first, if one is due, and then the API."""
    try:
        fault = world.take(stage.arrival, find_place(stage.arrival.path), early=True)
        if fault is not None:
            stage.arrival.scenario = fault.name
            await fault.perform(stage)
        if stage.response is None:
            await _route(stage, world)
    except Refusal as refusal:
        await stage.reply(refusal.status, refusal.body, refusal.content_type, refusal.headers)


async def _route(stage: KeyedStage, world: KeyedWorld) -> None:
    scheme, _, key = stage.arrival.headers.get("authorization", "").partition(" ")
    if world.key and (scheme.lower() != "bearer" or key != world.key):
        raise refuse_key()
    endpoint = ROUTES.get((stage.arrival.method, stage.arrival.path))
    if endpoint is None:
        told = f"Invalid URL ({stage.arrival.method} {stage.arrival.path})"
        raise refuse(404, told, "invalid_request_error")
    await endpoint(stage, world)


async def answer_chat(stage: KeyedStage, world: KeyedWorld) -> None:
    """A chat, or the fault that is due in its place."""
    stage.read(read(stage.arrival.raw, world.models))
    fault = world.take(stage.arrival, "chat", early=False)
    if fault is None:
        await stage.answer()
    else:
        stage.arrival.scenario = fault.name
        await fault.perform(stage)


async def send_models(stage: KeyedStage, world: KeyedWorld) -> None:
    """The list of models."""
    await stage.reply_json(list_models(world.models, vllm=world.vllm))


async def send_embeddings(stage: KeyedStage, world: KeyedWorld) -> None:
    """Numbers that depend on the text alone."""
    body = read_body(stage.arrival.raw)
    given = body.get("input")
    texts = [given] if isinstance(given, str) else given
    if not isinstance(texts, list) or not texts:
        raise refuse_body("Invalid 'input': expected a text or texts.", "input")
    if not any(model.id == body.get("model") for model in world.models):
        raise refuse_model(str(body.get("model")))
    rows = [
        {"object": "embedding", "index": place, "embedding": [len(str(text)) / 100, 0.5, -0.25]}
        for place, text in enumerate(texts)
    ]
    used = sum(estimate_tokens(str(text)) for text in texts)
    usage = {"prompt_tokens": used, "total_tokens": used}
    await stage.reply_json({"object": "list", "data": rows, "model": body["model"], "usage": usage})


async def send_ranking(stage: KeyedStage, _: KeyedWorld) -> None:
    """The documents in their order, the first the best."""
    documents = read_body(stage.arrival.raw).get("documents") or []
    rows = [{"index": place, "relevance_score": 1 / (place + 1)} for place in range(len(documents))]
    await stage.reply_json({"id": "rerank-1", "results": rows})


async def send_moderation(stage: KeyedStage, _: KeyedWorld) -> None:
    """Nothing is ever flagged."""
    model = read_body(stage.arrival.raw).get("model")
    results = [{"flagged": False, "categories": {}, "category_scores": {}}]
    await stage.reply_json({"id": "modr-1", "model": model, "results": results})


async def send_speech(stage: KeyedStage, _: KeyedWorld) -> None:
    """Bytes that are no sound, in two pieces."""
    await stage.open(200, {"content-type": "audio/mpeg"})
    await stage.send(b"ID3")
    await asyncio.sleep(0)
    await stage.send(bytes(range(256)))


async def send_transcription(stage: KeyedStage, _: KeyedWorld) -> None:
    """How much was heard."""
    await stage.reply_json({"text": f"{len(stage.arrival.raw)} bytes were heard."})


ROUTES: Final[dict[tuple[str, str], Endpoint]] = {
    ("POST", f"{PREFIX}/chat/completions"): answer_chat,
    ("GET", f"{PREFIX}/models"): send_models,
    ("POST", f"{PREFIX}/embeddings"): send_embeddings,
    ("POST", f"{PREFIX}/rerank"): send_ranking,
    ("POST", f"{PREFIX}/moderations"): send_moderation,
    ("POST", f"{PREFIX}/audio/speech"): send_speech,
    ("POST", f"{PREFIX}/audio/transcriptions"): send_transcription,
    ("POST", f"{PREFIX}/audio/translations"): send_transcription,
}

_PLACES: Final[dict[str, Place]] = {f"{PREFIX}/chat/completions": "chat", f"{PREFIX}/models": "models"}

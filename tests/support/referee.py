"""The official client as a referee: it reads the bytes we write."""

from openai._streaming import ServerSentEvent, SSEDecoder
from openai.lib.streaming.chat import ChatCompletionStreamState
from openai.types.chat import ChatCompletionChunk


def frames(stream: bytes) -> list[ServerSentEvent]:
    """The events of a stream, as the official client sees them."""
    return list(SSEDecoder().iter_bytes(iter([stream])))


def chunks(stream: bytes) -> list[ChatCompletionChunk]:
    """The chunks of a chat stream up to its end, each of them valid."""
    datas = [frame.data for frame in frames(stream)]
    return [ChatCompletionChunk.model_validate_json(data, strict=True) for data in datas if _is_chunk(data)]


def joined(stream: bytes) -> ChatCompletionStreamState:
    """A chat stream put together by the official client."""
    state = ChatCompletionStreamState()
    for chunk in chunks(stream):
        list(state.handle_chunk(chunk))
    return state


def _is_chunk(data: str) -> bool:
    return data != "[DONE]" and not data.startswith('{"error"')

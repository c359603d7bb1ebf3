"""``POST /v1/images/generations`` and the pictures themselves.

https://platform.openai.com/docs/api-reference/images/create
"""

from akashchat.errors import (
    BadRequest,
    BodyTooLarge,
    ForeignOrigin,
    InternalError,
    LimitsUnknown,
    NotFound,
    RateLimited,
    RequestTimeout,
    Unauthenticated,
    UpstreamError,
)
from akashchat.server.openapi.errors import CLOSED, ERROR, kinds, responses
from akashchat.server.openapi.parameters import Parameter, body
from akashchat.server.openapi.parts import (
    Schema,
    answer_headers,
    array,
    const,
    example,
    fields,
    headers,
    json_content,
    number,
    ref,
    text,
)

_WORD: Schema = {"type": ["string", "null"]}
_MAX_PICTURES = 10

PARAMETERS: tuple[Parameter, ...] = (
    Parameter(
        "prompt", "gateway", {"type": "string", "pattern": r"\S"},
        "What to draw. Akash may rewrite it; `revised_prompt` is what was really drawn from.",
    ),
    Parameter(
        "model", "gateway", {**_WORD, "default": "AkashGen"},
        "Who draws. The names of OpenAI's models, such as `dall-e-3` or `gpt-image-1`, which clients put in "
        "by themselves, stand for the default. A model that does not draw is refused.",
    ),
    Parameter(
        "n", "gateway", {"type": ["integer", "null"], "minimum": 1, "maximum": _MAX_PICTURES, "default": 1},
        f"How many pictures, up to {_MAX_PICTURES}. Each is a request of its own to the upstream.",
    ),
    Parameter(
        "response_format", "gateway", {**_WORD, "enum": ["url", "b64_json", None], "default": "url"},
        "`url`: the picture's address, here at the gateway. `b64_json`: the picture itself. Streams always "
        "carry the picture itself.",
    ),
    Parameter(
        "stream", "gateway", {"type": ["boolean", "null"], "default": False},
        "Send each picture when it is ready, as server-sent events.",
    ),
    Parameter("user", "gateway", _WORD, "Your own user, for the gateway's log."),
    Parameter(
        "size", "nobody", {**_WORD, "default": "1024x1024"},
        "Pictures are 1024 by 1024; `auto` asks for that too.",
    ),
    Parameter("quality", "nobody", {**_WORD, "default": "auto"}, "How carefully to draw."),
    Parameter("style", "nobody", _WORD, "`vivid` or `natural`."),
    Parameter("background", "nobody", {**_WORD, "default": "auto"}, "Pictures are opaque."),
    Parameter("moderation", "nobody", {**_WORD, "default": "auto"}, "How strictly to judge the prompt."),
    Parameter("output_format", "nobody", {**_WORD, "default": "webp"}, "Pictures are WebP."),
    Parameter(
        "output_compression", "nobody", {"type": ["integer", "null"], "minimum": 0, "maximum": 100},
        "How small to make the file.",
    ),
    Parameter(
        "partial_images", "nobody", {"type": ["integer", "null"], "minimum": 0, "maximum": 3},
        "How many unfinished pictures to send.",
    ),
)  # fmt: skip

_FORMAT = text("What kind of picture it is, such as `webp`.")
_REVISED = text("What was really drawn from.")
_CREATED = number("When, in seconds since 1970.")

SCHEMAS: dict[str, Schema] = {
    "ImageRequest": body(PARAMETERS, ("prompt",)),
    "Images": fields(
        {
            "created": _CREATED,
            "data": array(
                fields(
                    {
                        "url": text("The picture's address, with `response_format: url`."),
                        "b64_json": text("The picture as base64, with `response_format: b64_json`."),
                        "revised_prompt": _REVISED,
                    },
                    optional=("url", "b64_json"),
                ),
                "The pictures.",
            ),
            "output_format": _FORMAT,
        },
        about="Pictures.",
    ),
    "ImageCompletedEvent": fields(
        {
            "type": const("image_generation.completed"),
            "b64_json": text("The picture as base64."),
            "created_at": _CREATED,
            "output_format": _FORMAT,
            "revised_prompt": _REVISED,
        },
        about="A picture is ready.",
    ),
    "ImageErrorEvent": fields(
        {"type": const("error"), **ERROR["properties"]}, about="It failed; the error says how."
    ),
}

_URL = "http://localhost:16571/v1/images/files/job_8c1f33ab_00001_.webp"
_DRAWN = {
    "created": 1795338397,
    "data": [{"url": _URL, "revised_prompt": "A red fox in the snow, soft light"}],
}


def paths() -> dict[str, Schema]:
    """The paths."""
    return {
        "/v1/images/generations": {"post": _generations()},
        "/v1/images/files/{name}": {"get": _file()},
    }


def _generations() -> Schema:
    asked = {
        "url": example("A picture's address", {"prompt": "A red fox in the snow"}),
        "data": example(
            "The picture itself", {"prompt": "A red fox in the snow", "response_format": "b64_json"}
        ),
    }
    return {
        "operationId": "createImage",
        "tags": ["Images"],
        "summary": "Draw pictures",
        "description": "Draws from a prompt and answers when the pictures are ready, which takes seconds or "
        "minutes.\n\nA stream sends an event `image_generation.completed` for each picture, an event "
        "`error` where it fails, and comments that tell how far it is.",
        "requestBody": {"required": True, "content": json_content(ref("ImageRequest"), asked)},
        "responses": {
            "200": {
                "description": "The pictures; as server-sent events where `stream` is true.",
                "headers": answer_headers(),
                "content": {
                    **json_content(
                        ref("Images"), {"url": example("An address", {**_DRAWN, "output_format": "webp"})}
                    ),
                    "text/event-stream": {
                        "schema": {
                            "description": "What follows `data:` in each event.",
                            "anyOf": [ref("ImageCompletedEvent"), ref("ImageErrorEvent")],
                        }
                    },
                },
            },
            **responses(
                *kinds(BadRequest),
                Unauthenticated,
                *kinds(NotFound),
                RequestTimeout,
                BodyTooLarge,
                *kinds(RateLimited),
                LimitsUnknown,
                *kinds(UpstreamError),
                ForeignOrigin,
                *CLOSED,
                InternalError,
            ),
        },
    }


def _file() -> Schema:
    return {
        "operationId": "getImageFile",
        "tags": ["Images"],
        "summary": "Fetch a picture",
        "description": "A picture made here, fetched from Akash. The addresses in answers carry a signature "
        "where this gateway needs a key, so that a browser can show them without one.",
        "parameters": [
            {
                "name": "name",
                "in": "path",
                "required": True,
                "description": "The picture's name.",
                "schema": {"type": "string"},
                "example": "job_8c1f33ab_00001_.webp",
            },
            {
                "name": "s",
                "in": "query",
                "description": "The signature; needed only where a key is, and then instead of it.",
                "schema": {"type": "string"},
            },
        ],
        "responses": {
            "200": {
                "description": "The picture; it never changes and may be kept.",
                "headers": headers(),
                "content": {"image/*": {}},
            },
            **responses(Unauthenticated, NotFound, *kinds(UpstreamError), InternalError),
        },
    }

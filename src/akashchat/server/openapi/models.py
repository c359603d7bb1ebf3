"""``/v1/models`` and ``/v1/capabilities``: what is on offer."""

from akashchat.errors import (
    AnswerCut,
    BadRequest,
    ImageFailed,
    ImageTimeout,
    InternalError,
    ModelNotFound,
    RateLimited,
    Unauthenticated,
    UpstreamError,
)
from akashchat.server.openapi.errors import Kind, kinds, responses
from akashchat.server.openapi.parts import (
    Schema,
    array,
    const,
    example,
    fields,
    headers,
    json_content,
    nullable,
    number,
    ref,
    text,
)

_LISTING: tuple[Kind, ...] = (
    Unauthenticated,
    *kinds(RateLimited),
    *kinds(UpstreamError, but=(AnswerCut, ImageFailed, ImageTimeout)),
    InternalError,
)
"""How asking for the models can fail; once they are known they are told from memory."""

_CONTEXT = "Tokens of conversation and answer together, where Akash tells."

_AKASH: dict[str, Schema] = {
    "id": text("What to give as `model`; it may hold slashes."),
    "name": text("Its name for people."),
    "description": text("What it is good for."),
    "temperature": nullable(number("Its own default.", "number")),
    "top_p": nullable(number("Its own default.", "number")),
    "tokenLimit": nullable(number(_CONTEXT)),
    "parameters": nullable(text("Its size.")),
    "architecture": nullable(text("How it is built.")),
    "hf_repo": nullable(text("Its repository at Hugging Face.")),
    "aboutContent": nullable(text("More about it.")),
    "infoContent": nullable(text("A word of invitation.")),
    "thumbnailId": nullable(text("Its picture at Akash.")),
    "deployUrl": nullable(text("Where to deploy it.")),
    "available": {"type": "boolean", "description": "Whether it can be used now."},
}
_OPENAI: dict[str, Schema] = {
    "object": const("model"),
    "created": number("When, in seconds since 1970; 0 where Akash does not tell."),
    "owned_by": text("Who made it."),
    "context_length": nullable(number(_CONTEXT)),
    "api_id": nullable(text("Its name behind Akash Chat.")),
    "upstreams": array(
        text("Its name in the settings."), "Who has it, in the order in which they are asked."
    ),
    "alias_of": text("The true model, where this is only another name for it."),
}

_DIALECT: Schema = {
    "type": "object",
    "description": "Parameter to who does it.",
    "additionalProperties": {"type": "string", "enum": ["upstream", "gateway", "information", "ignored"]},
}

SCHEMAS: dict[str, Schema] = {
    "Model": fields(
        {**_AKASH, **_OPENAI},
        optional=("alias_of",),
        about="A model, with OpenAI's fields and all of Akash's.",
    ),
    "AkashModel": fields(_AKASH, about="A model as akashchat-api-go lists it."),
    "ModelList": fields({"object": const("list"), "data": array(ref("Model"), "The models.")}),
    "Capabilities": fields(
        {
            "object": const("capabilities"),
            "strict": {"type": "boolean", "description": "Whether what is ignored is refused instead."},
            "models": {
                "type": "object",
                "description": "By the model's id.",
                "additionalProperties": fields(
                    {
                        "context_length": nullable(number(_CONTEXT)),
                        "draws": {"type": "boolean", "description": "Whether it answers with pictures."},
                        "parameters": {
                            "type": "object",
                            "description": "By the API, as the log names it: `chat`, `images` and so on.",
                            "additionalProperties": _DIALECT,
                        },
                    }
                ),
            },
        },
        about="Who does what each parameter asks.",
    ),
}

_MODEL = {
    "id": "DeepSeek-V3.2",
    "name": "DeepSeek V3.2",
    "description": "Reasoning-first model built for agents",
    "temperature": 1.0,
    "top_p": 0.95,
    "tokenLimit": 64000,
    "parameters": "685B",
    "architecture": "Mixture-of-Experts",
    "hf_repo": "deepseek-ai/DeepSeek-V3.2",
    "aboutContent": None,
    "infoContent": None,
    "thumbnailId": "deepseek",
    "deployUrl": None,
    "available": True,
    "object": "model",
    "created": 1758283200,
    "owned_by": "deepseek-ai",
    "context_length": 64000,
    "api_id": "deepseek-ai/DeepSeek-V3.2",
    "upstreams": ["akash"],
}
_BARE = {name: value for name, value in _MODEL.items() if name in _AKASH}


_VERSION: Schema = {
    "name": "anthropic-version",
    "in": "header",
    "description": "Whatever it says: the answer, and errors too, then have Anthropic's form.",
    "schema": {"type": "string"},
}


def _query(name: str, about: str, kind: str = "string") -> Schema:
    return {"name": name, "in": "query", "description": about, "schema": {"type": kind}}


def paths() -> dict[str, Schema]:
    """The paths."""
    return {
        "/v1/models": {"get": _list()},
        "/v1/models/{model_id}": {"get": _one()},
        "/v1/capabilities": {"get": _capabilities()},
    }


def _list() -> Schema:
    return {
        "operationId": "listModels",
        "tags": ["Models"],
        "summary": "List the models",
        "description": "The models on offer, asked of Akash at most every ten minutes. When Akash is away, "
        "the list from before is told, marked with `x-akashchat-stale`.",
        "parameters": [
            {
                "name": "format",
                "in": "query",
                "description": "`openai`: an object with `data`. `akash`: a bare array, as akashchat-api-go "
                "lists them; also the default where the operator wants that project's ways.",
                "schema": {"type": "string", "enum": ["openai", "akash"], "default": "openai"},
            },
            _VERSION,
            _query("limit", "Only with `anthropic-version`: how many models, up to 1000.", "integer"),
            _query("after_id", "Only with `anthropic-version`: those behind this one."),
            _query("before_id", "Only with `anthropic-version`: those before this one."),
        ],
        "responses": {
            "200": {
                "description": "The models.",
                "headers": headers("x-akashchat-stale"),
                "content": json_content(
                    {"anyOf": [ref("ModelList"), array(ref("AkashModel")), ref("AnthropicModelList")]},
                    {
                        "openai": example("OpenAI's form", {"object": "list", "data": [_MODEL]}),
                        "akash": example("akashchat-api-go's form", [_BARE]),
                    },
                ),
            },
            **responses(BadRequest, *_LISTING),
        },
    }


def _one() -> Schema:
    return {
        "operationId": "retrieveModel",
        "tags": ["Models"],
        "summary": "Show a model",
        "parameters": [
            {
                "name": "model_id",
                "in": "path",
                "required": True,
                "description": "The model's id. Slashes in it may stand as they are.",
                "schema": {"type": "string"},
                "example": "DeepSeek-V3.2",
            },
            _VERSION,
        ],
        "responses": {
            "200": {
                "description": "The model.",
                "headers": headers(),
                "content": json_content(
                    {"anyOf": [ref("Model"), ref("AnthropicModel")]}, {"model": example("A model", _MODEL)}
                ),
            },
            **responses(*kinds(ModelNotFound), *_LISTING),
        },
    }


def _capabilities() -> Schema:
    follows = {"chat": {"temperature": "upstream", "stop": "gateway", "seed": "ignored"}}
    told = {"DeepSeek-V3.2": {"context_length": 64000, "draws": False, "parameters": follows}}
    value = {"object": "capabilities", "strict": False, "models": told}
    return {
        "operationId": "getCapabilities",
        "tags": ["Models"],
        "summary": "Tell who does what",
        "description": "Each model's parameters, and who does what they ask: `upstream` and `gateway` do it; "
        "`ignored` is named in `x-akashchat-ignored`, or refused where the operator wants strictness.",
        "parameters": [_query("dialect", "Tell of this API alone, as the reply names it: `chat`, say.")],
        "responses": {
            "200": {
                "description": "The models and their parameters.",
                "headers": headers(),
                "content": json_content(ref("Capabilities"), {"some": example("One model, in part", value)}),
            },
            **responses(BadRequest, *_LISTING),
        },
    }

"""What clients of other gateways may look for, and why it is not here.

Akash Chat can do none of these, and no other upstream that there is; some are served where one can
(``server.forwarding``).  A path that is not served is answered by this table where it fits: whoever called it learns
that the address is right and what to do instead.
"""

_ANOTHER = (
    "give the gateway an upstream that has it (AKASHCHAT_UPSTREAMS), or your client another server for it"
)
_NO_EMBEDDINGS = f"Akash Chat makes no embeddings; {_ANOTHER}"
_NO_AUDIO = f"Akash Chat takes and gives text and pictures, no sound; {_ANOTHER}"
_NO_STORE = "nothing is stored here; send the contents along with each request, as text or as a 'data:' URL"
_NO_EDITS = "Akash's model draws from a text alone; describe the picture to POST /v1/images/generations"
_NO_RERANK = f"Akash Chat has no model that ranks; ask a model with a chat, or {_ANOTHER}"
_NO_BATCHES = "there are no jobs for later; send the requests one by one, as the quota allows"
_NO_MODERATION = f"Akash Chat has no model that judges texts; ask a model with a chat, or {_ANOTHER}"
_NO_TUNING = "models cannot be trained here"
_NO_ASSISTANTS = "nothing is stored here; send the conversation to POST /v1/chat/completions"
_NO_CONVERSATIONS = (
    "nothing is stored under a name here; POST /v1/responses goes on from 'previous_response_id'"
)
_NO_REALTIME = "there is no model for live sound; use POST /v1/chat/completions with 'stream'"
_NO_VIDEO = "Akash Chat makes no videos"
_NOT_LOCAL = (
    "the models are Akash's, always ready and not kept here; GET /api/tags lists what there is, and nothing "
    "needs to be pulled, made, copied or removed"
)

ABSENT: dict[str, str] = {
    "/v1/embeddings": _NO_EMBEDDINGS,
    "/v1/audio": _NO_AUDIO,
    "/v1/images/edits": _NO_EDITS,
    "/v1/images/variations": _NO_EDITS,
    "/v1/moderations": _NO_MODERATION,
    "/v1/files": _NO_STORE,
    "/v1/uploads": _NO_STORE,
    "/v1/vector_stores": _NO_STORE,
    "/v1/containers": _NO_STORE,
    "/v1/batches": _NO_BATCHES,
    "/v1/messages/batches": _NO_BATCHES,
    "/v1/rerank": _NO_RERANK,
    "/v2/rerank": _NO_RERANK,
    "/rerank": _NO_RERANK,
    "/v1/score": _NO_RERANK,
    "/v1/fine_tuning": _NO_TUNING,
    "/v1/assistants": _NO_ASSISTANTS,
    "/v1/threads": _NO_ASSISTANTS,
    "/v1/conversations": _NO_CONVERSATIONS,
    "/v1/realtime": _NO_REALTIME,
    "/v1/videos": _NO_VIDEO,
    "/api/embed": _NO_EMBEDDINGS,
    "/api/embeddings": _NO_EMBEDDINGS,
    "/api/pull": _NOT_LOCAL,
    "/api/push": _NOT_LOCAL,
    "/api/create": _NOT_LOCAL,
    "/api/copy": _NOT_LOCAL,
    "/api/delete": _NOT_LOCAL,
    "/api/blobs": _NOT_LOCAL,
}
"""Path → reason; what lies below a path has its reason too."""


def why_absent(path: str) -> str | None:
    """Why a path that is not served is not, where there is more to say than that."""
    while path:
        if path in ABSENT:
            return ABSENT[path]
        path = path.rpartition("/")[0]
    return None

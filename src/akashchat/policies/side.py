"""Requests that nobody is waiting for: titles, tags and the like, which chat pages ask for by themselves.

They are known by how they begin: chat pages write them from templates, and operators seldom change those.  What a
person waits for is not among them, though it comes from a template too: the answer to a question with documents,
and the search or the picture that comes before an answer.

Sources: ``DEFAULT_…_PROMPT_TEMPLATE`` in ``backend/open_webui/config.py`` of Open WebUI, the older title's
included; ``createCompletionTitleRunnable`` in LibreChat's agents.
"""

from akashchat.model.request import Request, TextPart

_OPENINGS = (
    "### Task:\nGenerate a concise, 3-5 word title",
    "### Task:\nGenerate 1-3 broad tags",
    "### Task:\nSuggest 3-5 relevant follow-up",
    "### Task:\nYou are an autocompletion system",
    "Your task is to reflect the speaker's likely facial expression",
    "Create a concise, 3-5 word title with an emoji",
    "Provide a concise, 5-word-or-less title for the conversation",
)
_FLEX = b'"flex"'
"""What ``service_tier`` says where a caller would rather wait."""


def is_side(request: Request) -> bool:
    """Whether it may wait for those that somebody waits for."""
    tier = request.options.get("service_tier")
    if tier is not None and bytes(tier) == _FLEX:
        return True
    last = request.messages[-1] if request.messages else None
    if last is None or last.role != "user" or not last.parts:
        return False
    first = last.parts[0]
    return isinstance(first, TextPart) and first.text.startswith(_OPENINGS)

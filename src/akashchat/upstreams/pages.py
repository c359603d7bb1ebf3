"""Web pages, which stand where an answer is due: a bot check's, a proxy's, or another site's altogether."""

_TYPES = ("text/html", "application/xhtml+xml")


def is_page(media_type: str) -> bool:
    """Whether a reply of this media type, in lower case, is a page."""
    return media_type in _TYPES

"""vLLM's ``POST /tokenize`` and ``POST /detokenize``.

https://docs.vllm.ai/en/latest/serving/openai_compatible_server.html

It answers no question, so it is no ``Dialect``: a body in, a count out.  The counting is not done here.
"""

from akashchat.dialects.tokenize.reply import render_text, render_tokens
from akashchat.dialects.tokenize.request import Tokens, parse_detokenize, parse_tokenize

__all__ = ["Tokens", "parse_detokenize", "parse_tokenize", "render_text", "render_tokens"]

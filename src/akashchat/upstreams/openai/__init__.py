"""OpenAI's Chat Completions as an upstream: AkashML, and every other server that speaks it.

https://platform.openai.com/docs/api-reference/chat is the protocol; what AkashML makes of it is told at
https://playground.akashml.com/docs.  vLLM, SGLang, llama.cpp, Ollama, LiteLLM and routers differ from it and
from one another in small things, which are named where they are met.
"""

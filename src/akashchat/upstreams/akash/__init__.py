"""Akash Chat's web app as an upstream.

Its wire is the AI SDK's data stream, version 1; https://ai-sdk.dev/docs/ai-sdk-ui/stream-protocol names
the codes.  Two versions of the app are known, and told apart by what they answer: the old one (2025-07)
and the new one (since 2025-09: other model fields, a token quota, 403 for a model that is not there).
"""

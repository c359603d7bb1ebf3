"""Looks whether everything works, with the gateway's own parts, and tells what to do where it does not.

Each upstream is asked as little as can be: one session, one question for the quota, one list of models, one chat of
a few tokens, and a picture only where it is wanted.  What depends on something that failed is not tried.
"""

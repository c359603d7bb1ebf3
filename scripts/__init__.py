"""Chores of the repository: reference pages from the code, and the package tried out."""

"""Whether a table of aliases leads to models.

A name may hold ``*``, which stands for any text.
"""

import re


def checked(table: dict[str, str]) -> dict[str, str]:
    """The same table; raises ``ValueError`` unless every name leads to a model in one step."""
    patterns = [_pattern(name) for name in table if "*" in name]
    for name, model in table.items():
        if not name.strip() or not model.strip():
            raise ValueError("neither an alias nor its model may be empty")
        if "*" in model:
            raise ValueError(f"'{name}' must stand for one model, not for '{model}'")
        if table.get(model, model) != model:
            raise ValueError(f"'{name}' stands for '{model}', which is an alias itself")
        if model not in table and any(pattern.fullmatch(model) for pattern in patterns):
            raise ValueError(
                f"'{name}' stands for '{model}', which fits a pattern itself; "
                f'keep it from the patterns with "{model}": "{model}"'
            )
    return table


def _pattern(name: str) -> re.Pattern[str]:
    return re.compile(".*".join(map(re.escape, re.split(r"\*+", name))), re.DOTALL)

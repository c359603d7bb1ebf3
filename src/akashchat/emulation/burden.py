"""What a schema asks of the library: how often it looks at one value, every reference followed.

A caller's schema may be small and its check endless: references that double, alternatives that recur.
So the looks are counted before the library is let loose.  For each part of a schema and each depth of
values there is a factor: times the size of a value it is never less than the looks at it, because a part
passes the whole value on to its alternatives, and each of its fields to what is said of that field.

Only references into the schema itself are followed, and whatever would bend them is refused.
"""

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote

import msgspec

MAX_PATTERNS = 256
"""Regular expressions in one schema; OpenAI allows a schema 5,000 properties, and few have a pattern."""

LIMIT = 1 << 62
_MOST_PARTS = 100_000
"""Parts times depths that are counted of a schema which recurs: a tenth of a second, once."""
_SEVERAL = ("allOf", "anyOf", "oneOf")
_ONE = ("not", "if", "then", "else")
_NAMED = ("dependentSchemas", "dependencies")
_BELOW = (
    *("additionalProperties", "unevaluatedProperties", "propertyNames", "items", "additionalItems"),
    *("unevaluatedItems", "contains"),
)
_SAID = 256
"""Characters of the schema that a fault repeats, and that cost as much as one look."""
_AGAIN = 4
"""To know what is left over, the library looks again at all that is said of the value beside it."""
_LISTED = ("enum", "required")
_PLAIN = frozenset(
    {
        *("type", "enum", "const", "format", "pattern", "title", "description", "default", "examples"),
        *("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"),
        *("minLength", "maxLength"),
    }
)
"""An alternative of these alone is a single look, and its faults are few."""
_BACKTRACKING = re.compile(r"\(\?(?!:)|\\[1-9kKG]|[+*?}]\+")
_REPEAT = re.compile(r"(\)?)\{(?:\d{1,9},)?(\d{1,9})")
_ALLOWED = "allowed are '#', '#/path/in/the/schema' and '#anchor'"


class Burden:
    """The factors of one schema; raises ``ValueError`` for one whose checks cannot be counted."""

    def __init__(self, root: Any, length: int) -> None:
        self._root = root
        self._length = length
        self._anchors: dict[str, Any] = {}
        self._uses: Counter[str] = Counter()
        self.widest = 1
        """Copies of a value in a single fault: one, and one for each alternative."""
        self._scan()
        base = root.get("$id") if isinstance(root, dict) else None
        self._base = base.rstrip("#") if isinstance(base, str) else ""
        self._known: dict[tuple[int, int], int] = {}
        self._open: dict[tuple[int, int], int] = {}
        self._descents = 0
        self._recurs = False
        self.factor(-1)
        if self._recurs:
            self._known.clear()
            self.factor(1)

    @property
    def patterns(self) -> int:
        """Regular expressions in it."""
        return self._uses["patterns"]

    @property
    def backtracking(self) -> int:
        """Those of them that may have to try many ways."""
        return self._uses["backtracking"]

    def factor(self, depth: int) -> int:
        """Looks at a value of this depth, for each of its parts."""
        return self._of(self._root, depth if self._recurs else -1)

    def _scan(self) -> None:
        """Note what counts for the whole; refuse what would give references another meaning."""
        old = isinstance(self._root, dict) and "draft-04" in str(self._root.get("$schema"))
        left = [(self._root, 0)]
        while left:
            node, depth = left.pop()
            if depth > 1_000:
                raise ValueError("it is nested too deeply")
            if isinstance(node, dict):
                self._note(node, "id" if old else "$id")
                left += [(child, depth + 1) for child in node.values() if isinstance(child, dict | list)]
            elif isinstance(node, list):
                left += [(child, depth + 1) for child in node if isinstance(child, dict | list)]

    def _note(self, node: dict[str, Any], name: str) -> None:
        for word in ("$anchor", "$dynamicAnchor", name):
            anchor = node.get(word)
            if not isinstance(anchor, str):
                continue
            if word == name and anchor.startswith("#"):
                anchor = anchor[1:]
            elif word == name:
                if node is not self._root:
                    raise ValueError(f"'{name}' may stand only at its top: {_ALLOWED} as references")
                continue
            if self._anchors.setdefault(anchor, node) is not node:
                raise ValueError(f"the anchor '{anchor}' is there twice")
        patterns = _patterns(node)
        self._uses["patterns"] += len(patterns)
        self._uses["backtracking"] += _backtracking(patterns)
        if self._uses["patterns"] > MAX_PATTERNS:
            raise ValueError(f"it holds more than {MAX_PATTERNS} patterns")

        for word in ("anyOf", "oneOf"):
            if isinstance(several := node.get(word), list):
                plain = all(_PLAIN.issuperset(part) for part in several if isinstance(part, dict))
                self.widest = max(self.widest, 1 + len(several) if plain else LIMIT)

    def _of(self, node: Any, depth: int) -> int:
        if not isinstance(node, dict) or depth == 0:
            return self._own(node)
        key = (id(node), depth)
        if key in self._known:
            return self._known[key]
        if key in self._open:
            if depth > 0 or self._open[key] == self._descents:
                raise ValueError("it refers to itself without going deeper into the value")
            self._recurs = True
            return 1
        if len(self._known) > _MOST_PARTS and self._recurs:
            raise ValueError("it has too many parts that recur")
        self._open[key] = self._descents
        again = _AGAIN if "unevaluatedProperties" in node or "unevaluatedItems" in node else 1
        total = self._own(node) + again * sum(self._of(part, depth) for part in self._beside(node))
        self._descents += 1
        total += self._below(node, depth - (depth > 0))
        self._descents -= 1
        del self._open[key]
        self._known[key] = min(total, LIMIT)
        return self._known[key]

    def _own(self, node: Any) -> int:
        """Looks of a part itself.  Words that list count each name: it may be a fault of its own."""
        if not isinstance(node, dict):
            return 1
        lists = [node.get(word) for word in _LISTED]
        for word in ("dependentRequired", "dependencies"):
            lists += named.values() if isinstance(named := node.get(word), dict) else ()
        names = sum(len(listed) for listed in lists if isinstance(listed, list))
        said = sum(
            len(msgspec.json.encode(node[word])) for word in ("enum", "const", "pattern") if word in node
        )
        return 1 + names + (said + (self._length if "not" in node else 0)) // _SAID

    def _beside(self, node: dict[str, Any]) -> Iterator[Any]:
        """The parts that are said of the same value."""
        for word in ("$ref", "$dynamicRef", "$recursiveRef"):
            if isinstance(reference := node.get(word), str):
                yield self._target(word, reference)
        for word in _SEVERAL:
            if isinstance(several := node.get(word), list):
                yield from several
        for word in _ONE:
            if word in node:
                yield node[word]
        for word in _NAMED:
            if isinstance(named := node.get(word), dict):
                yield from named.values()

    def _below(self, node: dict[str, Any], depth: int) -> int:
        """Looks at what is in the value: a field has one name, and an item one place."""
        total = 0
        for word in ("properties", "prefixItems"):
            parts = node.get(word)
            parts = [*parts.values()] if isinstance(parts, dict) else parts
            if isinstance(parts, list):
                total += max((self._of(part, depth) for part in parts), default=0)
        if isinstance(several := node.get("patternProperties"), dict):
            total += sum(self._of(part, depth) for part in several.values())
        for word in _BELOW:
            parts = node.get(word, [])
            total += sum(self._of(part, depth) for part in (parts if isinstance(parts, list) else [parts]))
        return total

    def _target(self, word: str, reference: str) -> Any:
        """What a reference means; one the library would read in another way is refused."""
        place = reference.removeprefix(self._base) if self._base else reference
        if word != "$ref" and place != "#":
            raise ValueError(f"'{word}' may only be '#', and '{reference[:200]}' is not; use '$ref'")
        if not place.startswith("#"):
            raise ValueError(
                f"'{reference[:200]}' is not fetched, a schema must hold all it refers to: {_ALLOWED}"
            )
        if "%2f" in place.lower():
            raise ValueError(f"'{reference[:200]}' can be read in two ways: write '/' in a name as '~1'")
        place = unquote(place[1:], errors="strict")
        if place and not place.startswith("/"):
            if place not in self._anchors:
                raise ValueError(f"there is no anchor '{place[:200]}'")
            return self._anchors[place]
        node = self._root
        for step in place.split("/")[1:]:
            key = step.replace("~1", "/").replace("~0", "~")
            if isinstance(node, dict) and key in node:
                node = node[key]
            elif isinstance(node, list) and key.isdecimal() and len(key) < 9 and int(key) < len(node):
                node = node[int(key)]
            else:
                raise ValueError(f"'{reference[:200]}' leads nowhere")
        return node


class Patterns(Burden):
    """The same of patterns alone: how many read each part of a value, a large one being many."""

    def _own(self, node: Any) -> int:
        return sum(map(_states, _patterns(node))) if isinstance(node, dict) else 0


class Backtracking(Burden):
    """The same of patterns that may have to try many ways."""

    def _own(self, node: Any) -> int:
        return _backtracking(_patterns(node)) if isinstance(node, dict) else 0


def _patterns(node: dict[str, Any]) -> list[str]:
    several = node.get("patternProperties")
    alone = node.get("pattern")
    return [*(several if isinstance(several, dict) else ()), *([alone] if isinstance(alone, str) else ())]


def _states(pattern: str) -> int:
    """How large a pattern is: at worst each character of a value is compared with all of it."""
    total, times = 1 + len(pattern) // 16, 1
    for group, count in _REPEAT.findall(pattern):
        if group:
            times = min(times * max(int(count), 1), LIMIT)
        else:
            total += int(count)
    return total * times


def _backtracking(patterns: list[str]) -> int:
    return sum(1 for pattern in patterns if _BACKTRACKING.search(pattern))

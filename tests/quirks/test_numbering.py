"""The quirks of Akash Chat that a gateway must handle, 1 to 43, each with its test.

They come from the published sources of two versions of the app and from running them; the modules beside this
one have a test for each, in both versions where the quirk shows in both.
"""

import re
from pathlib import Path


def test_every_quirk_is_tested() -> None:
    """No number is left out, and none is taken twice."""
    sources = [path.read_text(encoding="utf-8") for path in Path(__file__).parent.glob("test_*.py")]
    numbers = [int(number) for source in sources for number in re.findall(r"def test_quirk_(\d\d)_", source)]
    assert sorted(numbers) == list(range(1, 44))

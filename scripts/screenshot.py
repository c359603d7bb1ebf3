"""The picture in the README: what ``akashchat demo`` really prints, as SVG.

The demonstration runs in a terminal of its own (a pty), and what came out of it is drawn.  Where it listens
is up to the settings, as always; the picture it makes goes to a temporary folder.
"""

import io
import os
import pathlib
import pty
import signal
import subprocess
import sys
import tempfile

from rich.console import Console
from rich.terminal_theme import SVG_EXPORT_THEME
from rich.text import Text

ROOT = pathlib.Path(__file__).parent.parent
PICTURE = ROOT / "docs" / "assets" / "demo.svg"
WIDTH = 108
_LAST_WORDS = b"Ctrl-C ends it."

# Rich's own template loads a font from elsewhere; a picture in a README should need nothing but itself.
_TEMPLATE = """\
<svg viewBox="0 0 {width} {height}" xmlns="http://www.w3.org/2000/svg" role="img" aria-label="akashchat demo">
<style>
.{unique_id}-matrix {{ font: {char_height}px ui-monospace, Menlo, Consolas, "DejaVu Sans Mono", monospace;
  line-height: {line_height}px; }}
.{unique_id}-title {{ font: bold 18px system-ui, sans-serif; }}
{styles}
</style>
<defs>
<clipPath id="{unique_id}-clip-terminal">
<rect x="0" y="0" width="{terminal_width}" height="{terminal_height}" />
</clipPath>
{lines}
</defs>
{chrome}
<g transform="translate({terminal_x}, {terminal_y})" clip-path="url(#{unique_id}-clip-terminal)">
{backgrounds}
<g class="{unique_id}-matrix">
{matrix}
</g>
</g>
</svg>
"""


def main() -> None:
    """Run the demonstration and draw it."""
    PICTURE.parent.mkdir(parents=True, exist_ok=True)
    PICTURE.write_text(draw(record()), "utf-8")
    print(f"{PICTURE.relative_to(ROOT)}: {PICTURE.stat().st_size:,} bytes")


def record() -> str:
    """What the demonstration prints, with its colours, up to where it only goes on serving."""
    ours, theirs = pty.openpty()
    environment = {**os.environ, "TERM": "xterm-256color", "COLUMNS": str(WIDTH), "COLORTERM": "truecolor"}
    command = [sys.executable, "-m", "akashchat", "demo"]
    with tempfile.TemporaryDirectory() as folder:
        process = subprocess.Popen(  # noqa: S603  our own command
            command, stdin=theirs, stdout=theirs, stderr=theirs, cwd=folder, env=environment
        )
        os.close(theirs)
        output = _read(ours)
        process.send_signal(signal.SIGINT)
        process.wait()
    if _LAST_WORDS not in output:
        sys.exit(output.decode())
    return output.decode().replace("\r\n", "\n").strip("\n")


def _read(terminal: int) -> bytes:
    """Everything up to the last words, or to the end where they do not come."""
    output = b""
    while _LAST_WORDS not in output:
        try:
            output += os.read(terminal, 4096)
        except OSError:  # how a pty ends when nobody writes to it any more
            break
    return output


def draw(output: str) -> str:
    """A terminal's output as SVG; long lines go on in the next, as a terminal does it."""
    console = Console(record=True, width=WIDTH, file=io.StringIO(), force_terminal=True)
    for line in Text.from_ansi(output).split("\n", allow_blank=True):
        cuts = range(WIDTH, len(line), WIDTH)
        for piece in line.divide(cuts):
            console.print(piece, no_wrap=True, highlight=False)
    return console.export_svg(
        title="akashchat demo", theme=SVG_EXPORT_THEME, code_format=_TEMPLATE, unique_id="demo"
    )


if __name__ == "__main__":
    main()

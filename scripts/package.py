"""Builds the package as a release would, installs it where nothing else is, and runs it there.

The wheel is built from the source archive, so both are known to be whole.
"""

import pathlib
import subprocess
import sys
import tempfile
import venv
import zipfile

from akashchat import __version__

ROOT = pathlib.Path(__file__).parent.parent
NEEDED = (
    "akashchat/py.typed",
    "akashchat/web/index.html",
    "akashchat/web/docs.html",
    "akashchat/web/assets/chat/view.js",
)


def main() -> None:
    """Raise, or exit with 1, where the package is not what it should be."""
    with tempfile.TemporaryDirectory() as folder:
        wheel = build(pathlib.Path(folder))
        check_files(wheel)
        check_run(wheel, pathlib.Path(folder, "venv"))
    print(f"{wheel.name} builds, installs and runs")


def build(folder: pathlib.Path) -> pathlib.Path:
    """The wheel."""
    _run(sys.executable, "-m", "build", "--outdir", str(folder), str(ROOT))
    (wheel,) = folder.glob("*.whl")
    return wheel


def check_files(wheel: pathlib.Path) -> None:
    """Everything that is in the source folder is in the wheel, and nothing is that belongs to tests."""
    with zipfile.ZipFile(wheel) as archive:
        inside = set(archive.namelist())
    source = ROOT / "src"
    wanted = {
        path.relative_to(source).as_posix()
        for path in (source / "akashchat").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    if missing := {*wanted, *NEEDED} - inside:
        sys.exit(f"missing in {wheel.name}: {', '.join(sorted(missing))}")
    strange = [name for name in inside - wanted if ".dist-info/" not in name]
    if strange:
        sys.exit(f"should not be in {wheel.name}: {', '.join(sorted(strange))}")


def check_run(wheel: pathlib.Path, environment: pathlib.Path) -> None:
    """The command runs in an environment that holds the package and what it asks for."""
    venv.create(environment, with_pip=True)
    python = environment / "bin" / "python"
    _run(str(python), "-m", "pip", "--quiet", "--disable-pip-version-check", "install", str(wheel))
    version = _run(str(environment / "bin" / "akashchat"), "version").strip()
    if version != __version__:
        sys.exit(f"`akashchat version` says {version!r}, not {__version__!r}")
    application = "from akashchat.app import create_app; from akashchat.settings import Settings; "
    _run(str(python), "-Ic", application + "create_app(Settings())")


def _run(*command: str) -> str:
    """What a command printed; its errors are shown where it fails."""
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)  # noqa: S603
    if done.returncode:
        sys.exit(f"{' '.join(command)}\n{done.stdout}")
    return done.stdout


if __name__ == "__main__":
    main()

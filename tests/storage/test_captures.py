"""The folder of captures."""

import os
from pathlib import Path

from akashchat.storage.captures import CaptureFolder


def kept(folder: Path) -> list[str]:
    """The files in a folder."""
    return sorted(file.name for file in folder.iterdir())


async def test_a_capture_is_kept(tmp_path: Path) -> None:
    """In a folder that is made for it, which is nobody else's to read."""
    folder = CaptureFolder(str(tmp_path / "a" / "b"))
    folder.keep("unknown_code-1-1", b"{}")
    await folder.close()
    assert kept(tmp_path / "a" / "b") == ["unknown_code-1-1.capture.json"]
    assert folder.problem == ""
    assert (tmp_path / "a" / "b").stat().st_mode & 0o077 == 0


def test_the_newest_stay(tmp_path: Path) -> None:
    """And files of others are left alone, whatever their number."""
    other = tmp_path / "settings.json"
    other.write_text("{}")
    folder = CaptureFolder(str(tmp_path))
    for count in range(40):
        folder.write(f"k-{count}", b"{}")
        os.utime(tmp_path / f"k-{count}.capture.json", (count, count))
    folder.write("k-40", b"{}")
    kept = sorted(file.name for file in tmp_path.glob("*.capture.json"))
    assert len(kept) == 24
    assert "k-40.capture.json" in kept
    assert "k-39.capture.json" in kept
    assert other.exists()


def test_a_folder_that_cannot_be_is_told(tmp_path: Path) -> None:
    """And breaks nothing."""
    file = tmp_path / "file"
    file.write_text("")
    folder = CaptureFolder(str(file))
    folder.write("k-1", b"{}")
    assert folder.problem.startswith("captures cannot be kept in ")


def test_odd_names_and_sizes_are_not_kept(tmp_path: Path) -> None:
    """No path leads out of the folder, and no capture fills the disk."""
    folder = CaptureFolder(str(tmp_path))
    folder.keep("../x", b"{}")
    folder.keep("k-1", b"x" * 1_000_000)
    assert list(tmp_path.iterdir()) == []

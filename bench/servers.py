"""Processes that serve: started, waited for, accounted, ended.

Processor time and memory are read from ``/proc``, so this works on Linux only.
"""

import os
import pathlib
import re
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager

_ROOT = pathlib.Path(__file__).parent.parent
_TICKS = os.sysconf("SC_CLK_TCK")
_PAGE = os.sysconf("SC_PAGE_SIZE")
_LIMIT_S = 20.0
_QUESTION = b"GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"


class Server:
    """A process under measurement."""

    def __init__(self, process: subprocess.Popen[bytes], port: int, ready_s: float) -> None:
        self.port = port
        self.ready_s = ready_s
        self._process = process

    def cpu_s(self) -> float:
        """Processor seconds so far, of the process and its children."""
        return sum(_cpu_s(pid) for pid in _tree(self._process.pid))

    def memory_mb(self) -> float:
        """Resident megabytes now."""
        pages = (int(_proc(pid, "statm").split()[1]) for pid in _tree(self._process.pid))
        return sum(pages) * _PAGE / 1e6

    def peak_memory_mb(self) -> float:
        """The most it ever was."""
        peaks = (re.search(r"VmHWM:\s+(\d+) kB", _proc(pid, "status")) for pid in _tree(self._process.pid))
        return sum(int(peak[1]) for peak in peaks if peak) * 1024 / 1e6


@contextmanager
def upstream() -> Iterator[Server]:
    """Akash at a pace."""
    port = _free_port()
    with _serving([sys.executable, "-m", "bench.upstream", str(port)], port, {}) as server:
        yield server


@contextmanager
def floor(akash_port: int) -> Iterator[Server]:
    """The floor before it."""
    port = _free_port()
    command = [sys.executable, "-m", "uvicorn", "bench.floor:app", "--port", str(port), "--http", "httptools"]
    quiet = ["--no-access-log", "--log-level", "warning"]
    with _serving([*command, *quiet], port, _settings(akash_port, port)) as server:
        yield server


@contextmanager
def gateway(akash_port: int) -> Iterator[Server]:
    """The gateway before it, with its default settings."""
    port = _free_port()
    with _serving([sys.executable, "-m", "akashchat", "serve"], port, _settings(akash_port, port)) as server:
        yield server


def _settings(akash_port: int, port: int) -> dict[str, str]:
    return {"AKASH_BASE_URL": f"http://127.0.0.1:{akash_port}", "SERVER_ADDRESS": f"127.0.0.1:{port}"}


@contextmanager
def _serving(command: list[str], port: int, settings: dict[str, str]) -> Iterator[Server]:
    """Run in an empty folder and without the user's settings, which are not what is measured."""
    own = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("AKASHCHAT_") and name != "BEARER_TOKEN"
    }
    environment = {**own, "PYTHONPATH": str(_ROOT), **settings}
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryFile() as said:
        started = time.perf_counter()
        process = subprocess.Popen(command, cwd=folder, env=environment, stdout=said, stderr=said)  # noqa: S603
        try:
            while not _answers(port):
                if process.poll() is not None or time.perf_counter() - started > _LIMIT_S:
                    said.seek(0)
                    sys.exit(f"{' '.join(command)} does not serve:\n{said.read(4000).decode()}")
                time.sleep(0.002)
            yield Server(process, port, time.perf_counter() - started)
        finally:
            process.terminate()
            process.wait(_LIMIT_S)


def _answers(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
            connection.sendall(_QUESTION)
            return connection.recv(12).startswith(b"HTTP/1.1 200")
    except OSError:
        return False


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port: int = taken.getsockname()[1]
        return port


def _tree(pid: int) -> list[int]:
    found = [pid]
    for task in pathlib.Path(f"/proc/{pid}/task").iterdir():
        for child in (task / "children").read_text("ascii").split():
            found += _tree(int(child))
    return found


def _cpu_s(pid: int) -> float:
    fields = _proc(pid, "stat").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def _proc(pid: int, name: str) -> str:
    return pathlib.Path(f"/proc/{pid}/{name}").read_text("utf-8")

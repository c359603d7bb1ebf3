"""A real PostgreSQL on a port of its own, which can be stopped, started and made to hang.

Debian keeps the programs out of the path.  The server refuses to run as root, so where the tests do, it runs as the
user ``postgres`` or ``nobody``.
"""

import contextlib
import os
import pathlib
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile

_QUICK = (
    "fsync=off", "full_page_writes=off", "shared_buffers=16MB", "deadlock_timeout=10ms",
)  # fmt: skip
"""Nothing of it is to outlive the tests."""


class Postgres:
    """One server with its files in a folder that is gone at the end."""

    def __init__(self) -> None:
        self._programs = _programs()
        self._user = _user()
        self._folder = pathlib.Path(tempfile.mkdtemp(prefix="akashchat-postgres-"))
        self._data = self._folder / "data"
        self.port = _free_port()
        self._is_running = False
        if self._user is not None:
            os.chown(self._folder, self._user.pw_uid, self._user.pw_gid)
        self._run("initdb", "--auth=trust", "--username=akashchat", "--encoding=UTF8", "--no-sync")
        self.start()

    def url(self, database: str = "postgres") -> str:
        """Its address."""
        return f"postgresql://akashchat@127.0.0.1:{self.port}/{database}"

    def start(self) -> None:
        """Begin, and wait until it answers."""
        options = [
            f"port={self.port}",
            "listen_addresses=127.0.0.1",
            f"unix_socket_directories={self._folder}",
        ]
        said = " ".join(f"-c {option}" for option in (*options, *_QUICK))
        self._run("pg_ctl", "start", "--wait", f"--options={said}", f"--log={self._folder / 'log'}")
        self._is_running = True

    def stop(self) -> None:
        """End at once; whoever is connected is cut off."""
        self._run("pg_ctl", "stop", "--mode=immediate", "--wait")
        self._is_running = False

    def hang(self) -> None:
        """Answer nobody, and close nothing, until ``go_on``."""
        self._signal(signal.SIGSTOP)

    def go_on(self) -> None:
        """Answer what was asked meanwhile."""
        self._signal(signal.SIGCONT)

    def create(self, database: str) -> str:
        """A new database, by its address."""
        self._sql(f'CREATE DATABASE "{database}"')
        return self.url(database)

    def close(self) -> None:
        """Stop, and leave nothing behind."""
        if self._is_running:
            self.go_on()
            self.stop()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _sql(self, sql: str) -> None:
        self._program("psql", "--quiet", "--no-psqlrc", f"--command={sql}", self.url())

    def _signal(self, number: signal.Signals) -> None:
        """To the server and each process of its own, one of which answers for each connection."""
        server = int((self._data / "postmaster.pid").read_text().split()[0])
        children = pathlib.Path(f"/proc/{server}/task/{server}/children").read_text().split()
        for process in (server, *map(int, children)):
            with contextlib.suppress(ProcessLookupError):  # it has just ended
                os.kill(process, number)

    def _run(self, program: str, *arguments: str) -> None:
        self._program(program, f"--pgdata={self._data}", *arguments)

    def _program(self, program: str, *arguments: str) -> None:
        user, group = (self._user.pw_uid, self._user.pw_gid) if self._user else (None, None)
        done = subprocess.run(
            [self._programs / program, *arguments],
            user=user, group=group, extra_groups=[] if user else None, cwd=self._folder, check=False,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE if program != "pg_ctl" else subprocess.DEVNULL,
            stderr=subprocess.STDOUT,
        )  # fmt: skip
        assert done.returncode == 0, (program, done.stdout)


def _programs() -> pathlib.Path:
    """Where initdb and the rest are; the newest."""
    found = shutil.which("initdb")
    if found:
        return pathlib.Path(found).resolve().parent
    versions = pathlib.Path("/usr/lib/postgresql").glob("*/bin/initdb")
    newest = max(versions, key=lambda path: int(path.parts[-3]), default=None)
    assert newest is not None, "PostgreSQL is not installed: apt-get install postgresql"
    return newest.parent


def _user() -> pwd.struct_passwd | None:
    """Who runs the server, where we must not."""
    if os.geteuid() != 0:
        return None
    known = {user.pw_name: user for user in pwd.getpwall()}
    return known.get("postgres") or known["nobody"]


def _free_port() -> int:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return int(listening.getsockname()[1])

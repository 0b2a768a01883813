"""Serves the application by cheroot: binds at start, is gone within a second at stop."""

from __future__ import annotations

import io
import logging
import threading
from typing import Any

from cheroot import wsgi

from actors.http.app import MOST_BODY
from actors.settings import Http

logger = logging.getLogger(__name__)

READ_SECONDS = 5
"""How long a client may keep a thread waiting for the rest of a request."""

STOP_SECONDS = 1.0

FINISH_SECONDS = 0.3
"""How long a request in progress may take after the stop, before its connection is shut."""

LOOK_SECONDS = 0.2
"""How often cheroot looks whether it is to stop, or a mute client has been so for READ_SECONDS."""

MOST_HEADERS = 65_536

BACKLOG = 128
"""Connections the kernel holds while all threads are busy; cheroot's own 5 are lost in a burst."""


class HttpServer:
    """One listener with a fixed number of threads; each answer closes its connection.

    Clients that poll would otherwise hold the threads of those that come next (PITFALLS, row 65).
    """

    def __init__(self, app: Any, settings: Http) -> None:
        self._server = _Server(
            (settings.address, settings.port),
            _Logged(app),
            numthreads=settings.threads,
            max=settings.threads,
            server_name="acd",
            request_queue_size=BACKLOG,
            timeout=READ_SECONDS,
            shutdown_timeout=FINISH_SECONDS,  # type: ignore[arg-type]  # a join takes a float too
        )
        self._server.keep_alive_conn_limit = 0
        self._server.expiration_interval = LOOK_SECONDS
        self._server.max_request_body_size = MOST_BODY
        self._server.max_request_header_size = MOST_HEADERS
        self._where = f"{settings.address}:{settings.port}"
        self._bound = threading.Event()
        self._failure: OSError | None = None
        # Threads inherit being daemons, so cheroot's workers cannot keep the process alive.
        self._thread = threading.Thread(target=self._run, name="http", daemon=True)

    @property
    def port(self) -> int:
        """The port that is listened on."""
        return int(self._server.bind_addr[1])

    def start(self) -> None:
        """Listen; raise OSError where the address cannot be had."""
        self._thread.start()
        self._bound.wait()
        if self._failure is not None:
            raise OSError(f"http: cannot listen on {self._where}: {self._failure}")

    def stop(self) -> None:
        """End within STOP_SECONDS, whatever the clients do.

        cheroot's own stop waits for its workers without end (PITFALLS, row 63): it is left to
        itself after that time.
        """
        stopping = threading.Thread(target=self._server.stop, name="http-stop", daemon=True)
        stopping.start()
        stopping.join(STOP_SECONDS)
        if stopping.is_alive():
            logger.warning("http: requests were still in progress at the stop")

    def _run(self) -> None:
        try:
            self._server.prepare()
        except OSError as error:
            self._failure = error
            return
        finally:
            self._bound.set()
        self._server.serve()


class _Server(wsgi.Server):
    """cheroot's server, its words in our log."""

    def error_log(self, msg: str = "", level: int = logging.INFO, traceback: bool = False) -> None:  # noqa: FBT001, FBT002 - cheroot's signature
        """Log what cheroot would print."""
        logger.log(level, "http: %s", msg, exc_info=traceback)

    def process_conn(self, conn: Any) -> None:
        """Give a connection to a worker once it has said something.

        cheroot would give it to one at once, and 8 mute clients would hold 8 threads for 5 s.
        """
        if getattr(conn, "awaited", False):
            super().process_conn(conn)
            return
        conn.awaited = True
        self._connections.put(conn)  # type: ignore[attr-defined]  # not in the stub

    @staticmethod
    def bind_socket(socket_: Any, bind_addr: Any) -> Any:
        """Bind, and leave no open socket behind where that fails."""
        try:
            return wsgi.Server.bind_socket(socket_, bind_addr)  # type: ignore[no-untyped-call]
        except OSError:
            socket_.close()
            raise


class _Logged:
    """The application, its errors in our log: Bottle writes them to ``wsgi.errors``."""

    def __init__(self, app: Any) -> None:
        self._app = app

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Any:
        environ["wsgi.errors"] = _Errors()
        return self._app(environ, start_response)


class _Errors(io.TextIOBase):
    """Each text written is one log line with its stack."""

    def write(self, text: str) -> int:
        logger.error("http: a request failed: %s", text.rstrip())
        return len(text)

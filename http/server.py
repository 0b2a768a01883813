"""Serves the application by cheroot: binds at start, is gone within a second at stop."""

from __future__ import annotations

import contextlib
import io
import logging
import socket
import threading
import time
from typing import Any

from cheroot import wsgi
from cheroot.connections import ConnectionManager

from actors.exchange.clock import Clock, SystemClock
from actors.exchange.rates import RateLimit
from actors.http.connection import MOST_BODY, MOST_HEADERS, REQUEST_SECONDS, Connection, Stage
from actors.http.gate import too_many
from actors.settings import Http

logger = logging.getLogger(__name__)

STOP_SECONDS = 1.0

FINISH_SECONDS = 0.3
"""How long a request in progress may take after the stop, before its connection is shut."""

LOOK_SECONDS = 0.2
"""How often cheroot looks whether it is to stop, or a client has taken REQUEST_SECONDS."""

BACKLOG = 128
"""Connections the kernel holds while we are busy; cheroot's own 5 are lost in a burst."""

SHORT_SECONDS = 0.2
"""How long nobody is let in where the process has no descriptor left: without it the thread would
turn as fast as it can, since the listening socket stays readable."""


class HttpServer:
    """One listener with a fixed number of threads; each answer closes its connection.

    Clients that poll would otherwise hold the place of those that come next.
    """

    def __init__(self, app: Any, settings: Http) -> None:
        self._server = _Server(
            (settings.address, settings.port),
            _Logged(app),
            numthreads=settings.threads,
            max=settings.threads,
            server_name="acd",
            request_queue_size=BACKLOG,
            timeout=REQUEST_SECONDS,
            shutdown_timeout=FINISH_SECONDS,
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

        cheroot's own stop waits for its workers without end: it is left to itself after that time.
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
    """cheroot's server, which gives a worker whole requests only, and its words to our log."""

    ConnectionClass = Connection

    def __init__(self, *arguments: Any, **more: Any) -> None:
        super().__init__(*arguments, **more)
        self._there: dict[Connection, None] = {}
        self._lines = RateLimit(SystemClock(), seconds=1.0)

    def prepare(self) -> None:
        """Bind, and watch the sockets our way."""
        super().prepare()
        self._connections.close()  # type: ignore[has-type]  # not in the stub
        self._connections = _Watched(self)

    def process_conn(self, conn: Connection) -> None:
        """Go on with a connection that is new, or whose socket is ready for more."""
        if conn not in self._there and not self._admit(conn):
            return
        match conn.proceed():
            case Stage.ASKED:
                super().process_conn(conn)
            case Stage.OVER:
                conn.close()
            case Stage.SPEAKING | Stage.LISTENING:
                self._connections.watch(conn)

    def put_conn(self, conn: Connection) -> None:
        """Have a worker's connection watched, from its thread: the client takes the answer."""
        conn.last_used = time.time()
        if self.ready:
            self._connections.watch(conn)
        else:
            conn.close()

    def left(self, conn: Connection) -> None:
        """Forget a connection that is being closed."""
        self._there.pop(conn, None)

    def _admit(self, conn: Connection) -> bool:
        """Give the newcomer a place, taking it from another where there are too many."""
        conn.last_used = time.time()
        out = too_many(conn, list(self._there))
        if out is conn:
            conn.refuse("503 Service Unavailable", f"too many requests from {conn.address}")
            conn.close()
            return False
        if out is not None:
            out.put_out = True
            # Its socket is ready thereby, and it is closed in its turn: it is watched still.
            with contextlib.suppress(OSError):  # its client has gone by itself
                out.socket.shutdown(socket.SHUT_RDWR)
        self._there[conn] = None
        return True

    def error_log(self, msg: str = "", level: int = logging.INFO, traceback: bool = False) -> None:  # noqa: FBT001, FBT002 - cheroot's signature
        """Log what cheroot would print, at most once a second for each kind."""
        kind = msg.partition("(")[0][:40]
        if (held := self._lines.admit(kind)) is not None:
            more = f" ({held} more such lines)" if held else ""
            logger.log(level, "http: %s%s", msg, more, exc_info=traceback)

    @staticmethod
    def bind_socket(socket_: Any, bind_addr: Any) -> Any:
        """Bind, and leave no open socket behind where that fails."""
        try:
            return wsgi.Server.bind_socket(socket_, bind_addr)  # type: ignore[no-untyped-call]
        except OSError:
            socket_.close()
            raise


class _Watched(ConnectionManager):
    """The sockets that are watched: a connection's time runs on while its client drips."""

    def watch(self, conn: Connection) -> None:
        """Tell the server when the connection's socket is ready."""
        self._selector.register(conn.socket.fileno(), conn.awaited(), data=conn)  # type: ignore[attr-defined]  # not in the stub

    def _from_server_socket(self, server_socket: Any) -> Connection | None:
        try:
            found: Connection | None = super()._from_server_socket(server_socket)  # type: ignore[misc]  # not in the stub
        except OSError as error:
            self.server.error_log(f"no connection can be taken: {error}", logging.ERROR)
            time.sleep(SHORT_SECONDS)
            return None
        return found


class _Logged:
    """The application, its errors in our log: Bottle writes them to ``wsgi.errors``."""

    def __init__(self, app: Any, clock: Clock | None = None) -> None:
        self._app = app
        self._errors = _Errors(RateLimit(clock or SystemClock(), seconds=1.0))

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Any:
        environ["wsgi.errors"] = self._errors
        return self._app(environ, start_response)


class _Errors(io.TextIOBase):
    """Each text written is one log line with its stack, at most one a second."""

    def __init__(self, limit: RateLimit) -> None:
        self._limit = limit

    def write(self, text: str) -> int:
        if (held := self._limit.admit("")) is not None:
            more = f" ({held} more)" if held else ""
            logger.error("http: a request failed%s: %s", more, text.rstrip())
        return len(text)

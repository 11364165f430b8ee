"""Sessions of the database: a server that went without a word is given up within seconds."""

import os
import socket

from infra.database import SILENT_MILLISECONDS_MAX, connect, install


def test_a_server_that_confirms_nothing_is_given_up_by_the_kernel(database_url: str) -> None:
    install(database_url)
    with connect(database_url, application="test") as connection:
        handle = socket.socket(fileno=os.dup(connection.pgconn.socket))
        with handle:
            assert handle.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) == SILENT_MILLISECONDS_MAX
            idle = handle.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE)
            more = handle.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL)
            tries = handle.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPCNT)
            assert 1_000 * (idle + more * tries) == SILENT_MILLISECONDS_MAX

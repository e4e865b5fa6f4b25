import socket

import pytest


@pytest.mark.parametrize("host", ["192.0.2.1", "2001:db8::1", "example.test"])
def test_tests_cannot_reach_the_network(host: str) -> None:
    with pytest.raises(RuntimeError, match="tests may not reach"):
        socket.create_connection((host, 9), timeout=1)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_tests_can_reach_their_own_servers(host: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        socket.create_connection((host, server.getsockname()[1]), timeout=1).close()

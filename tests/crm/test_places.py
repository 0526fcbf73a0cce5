"""Which port the web server takes, and what it says when it cannot."""

import socket

import pytest

from crm.engines import EngineTrouble
from crm.engines.postgres import free_port
from crm.running.place import choose_port


def test_a_port_that_was_asked_for_is_found_again_by_the_next_start(tmp_path):
    wanted = free_port()
    assert choose_port(tmp_path, wanted=wanted) == wanted
    assert choose_port(tmp_path, wanted=None) == wanted


@pytest.mark.parametrize("wanted", [-1, 0, 65_536, 99_999])
def test_a_port_that_there_is_not_is_refused(tmp_path, wanted):
    with pytest.raises(EngineTrouble, match="There is no port"):
        choose_port(tmp_path, wanted=wanted)


def test_a_taken_port_says_what_to_do(tmp_path):
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        with pytest.raises(EngineTrouble, match="bin/run --port"):
            choose_port(tmp_path, wanted=holder.getsockname()[1])

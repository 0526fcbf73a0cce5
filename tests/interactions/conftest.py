"""Anna, at whom calls ring, and Mira, who calls; files that need others have their own."""

import pytest

from interactions import delivering
from tests import make
from tests.interactions import sink


@pytest.fixture
def anna(db):
    return make.make_anna(state="available")


@pytest.fixture
def mira(db):
    return make.make_mira(language="it")


@pytest.fixture
def server(tmp_path, settings):
    controller = sink.start(tmp_path)
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", controller.port
    yield tmp_path
    controller.stop()


@pytest.fixture
def worker(server, tmp_path):
    worker = delivering.Worker(tmp_path / "journal")
    yield worker
    worker.close()

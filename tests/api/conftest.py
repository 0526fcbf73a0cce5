"""A shop with a key, and a way to ask."""

import json

import pytest
from django.test import Client

from api import issuing
from api.scopes import SCOPES


class Shop:
    """Somebody who speaks with the API by a key."""

    def __init__(self, scopes=tuple(SCOPES), team=None, name="Web shop"):
        self.key, text = issuing.issue(name, list(scopes), by=None, team=team)
        self.client = Client(headers={"Authorization": f"Bearer {text}"}, raise_request_exception=False)

    def get(self, path, query=None, **headers):
        return self.client.get(f"/api/v1/{path}", query, headers=headers)

    def send(self, method, path, body=None, **headers):
        headers = {name.replace("_", "-"): value for name, value in headers.items()}
        text = body if isinstance(body, str | bytes) else json.dumps(body or {})
        return self.client.generic(method, f"/api/v1/{path}", text, "application/json", headers=headers)

    def post(self, path, body=None, **headers):
        return self.send("POST", path, body, **headers)


@pytest.fixture
def shop(db):
    return Shop()


@pytest.fixture
def make_shop(db):
    return Shop

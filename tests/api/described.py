"""What the API says of itself, as Schemathesis reads it, and what it may ask about."""

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from drf_spectacular.generators import SchemaGenerator
from hypothesis import HealthCheck
from schemathesis.checks import negative_data_rejection, positive_data_acceptance

from api import issuing, keys
from api.scopes import SCOPES
from crm.wsgi import application
from insights.models import Segment
from tests.make import make_anna, make_interaction, make_mira, make_organisation, make_task

DESCRIBED = SchemaGenerator().get_schema(request=None, public=True)
schema = schemathesis.openapi.from_dict(DESCRIBED)
schema.app = application
KNOWN: dict[str, int] = {}  # ids that lead somewhere: chance would find none
OF_PATH = {"customers": "customer", "promises": "task", "interactions": "interaction", "segments": "segment"}
LIMITS = {
    "deadline": None,
    "database": None,
    "derandomize": True,
    "suppress_health_check": list(HealthCheck),
}


@schema.hook
def map_path_parameters(context, path_parameters):
    """Let every other id be one of ours."""
    if path_parameters and type(given := path_parameters.get("id")) is int and given % 2 == 0:
        of_list = "customer_id" in path_parameters
        path_parameters["id"] = KNOWN["list" if of_list else OF_PATH[context.operation.path.split("/")[3]]]
    return path_parameters


@schema.hook
def map_body(context, body):
    """Let every other customer in a body be ours."""
    if isinstance(body, dict) and isinstance(given := body.get("customer"), int) and given % 2:
        body["customer"] = KNOWN["customer"]
    return body


@schema.hook
def filter_query(context, query):
    """Leave out what vanishes on its way: a strange parameter that is an empty list is sent as nothing at all."""
    return not query or not any(value in ([], {}) for value in dict(query).values())


@pytest.fixture
def asking(db, monkeypatch):
    """Somebody of ours to ask about, and the header of a key that may do all."""
    monkeypatch.setattr(keys, "MOST_A_MINUTE", 10**9)
    signals = (request_started, request_finished)
    for signal in signals:  # they would close the connection, and with it the test's transaction
        signal.disconnect(close_old_connections)
    make_organisation()
    mira, anna = make_mira(), make_anna()
    KNOWN.update(
        customer=mira.pk,
        task=make_task(mira, anna).pk,
        interaction=make_interaction(mira).pk,
        list=Segment.objects.create(name="Guests", rule={}, is_static=True).pk,
        segment=Segment.objects.create(name="Inns", rule={"all": []}).pk,
    )
    _key, text = issuing.issue("Schemathesis", list(SCOPES), by=None)
    yield {"Authorization": f"Bearer {text}"}
    for signal in signals:
        signal.connect(close_old_connections)


def ask(case, headers) -> None:
    """Send the request; a rule may refuse what fits the shape, everything else must be as described.

    In bulk a row that does not fit is refused alone, in an answer that is 200.
    """
    by_row = [negative_data_rejection] if case.operation.path.endswith("/bulk/") else []
    case.call_and_validate(headers=headers, excluded_checks=[positive_data_acceptance, *by_row])

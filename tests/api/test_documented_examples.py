"""Every curl of docs/api.md, run as it stands there against a real server."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from django.conf import settings

from api import issuing
from api.scopes import SCOPES
from customers.models import Customer
from insights.models import ListedCustomer, Segment
from interactions.models import Task
from sales.models import Purchase
from tests.make import make_organisation

EXAMPLES = re.findall(r"```sh\n(.*?)```", Path(settings.BASE_DIR, "docs/api.md").read_text(), re.S)


@pytest.mark.skipif(not shutil.which("curl"), reason="no curl here")
def test_the_examples_work_in_their_order(live_server):
    make_organisation()
    _key, text = issuing.issue("Docs", list(SCOPES), by=None)
    ids: dict[str, int] = {"segment": Segment.objects.create(name="Everybody", rule={"all": []}).pk}
    for example in EXAMPLES:
        for command in re.split(r"\n(?=curl )", example.strip()):
            command = command.replace("https://filo.example", live_server.url).replace(
                "curl ", "curl -sS --fail-with-body ", 1
            )
            command = command.replace('"customer": 1', f'"customer": {ids.get("customer")}')
            command = command.replace("/customers/1/", f"/customers/{ids.get('customer')}/")
            command = command.replace("customer=1", f"customer={ids.get('customer')}")
            command = command.replace("/promises/1/", f"/promises/{ids.get('promise')}/")
            command = command.replace("/segments/1/", f"/segments/{ids.get('segment')}/")
            command = command.replace("/segments/2/", f"/segments/{ids.get('list')}/")
            command = command.replace("members/1/", f"members/{ids.get('customer')}/")
            command = command.replace('"customers": [1]', f'"customers": [{ids.get("customer")}]')
            done = subprocess.run(
                ["sh", "-c", command], capture_output=True, text=True, env={"FILO_KEY": text, "PATH": "/usr/bin:/bin"}
            )
            assert done.returncode == 0, (command, done.stdout, done.stderr)
            body = json.loads(done.stdout or "{}")
            if "contact_points" in body:
                ids.setdefault("customer", body["id"])
            if body.get("is_static"):
                ids["list"] = body["id"]
            if "first_due_at" in body:
                ids["promise"] = body["id"]
    assert len(EXAMPLES) >= 8
    mira = Customer.objects.get(pk=ids["customer"])
    assert (mira.name, mira.account.name) == ("Mira Kovač", "Locanda Smeralda")
    assert not ListedCustomer.objects.exists()  # put on the list, and taken off
    assert Task.objects.get().status == "kept"
    assert Purchase.objects.get().account == mira.account

"""A channel is its line in customers/channels.py and its folder: nothing else in Filo calls it by name.

Python is read as Python: a text that is the key of a channel, or SQL that holds it in quotes, and every name of a
module in channels/. Templates and scripts are read by their quotes.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings

from interactions import carriers

ROOT = Path(settings.BASE_DIR)
CHANNELS = Path("interactions/channels")
ROOMS = ["crm", "staff", "customers", "interactions", "sales", "insights", "campaigns", "portal", "api"]
NOT_READ = {"migrations", "story.py", "filling.py", "demo_people.py"}  # what was, and the demo company's own words
POINT = "a kind of contact point: an address, whatever is sent there"
ACCOUNT = "what a colleague signs in with"
MACRO = "how a macro is called, in its comment"
ALLOWED = {  # file → why; of a gallery every file
    "customers/channels.py": "its line",
    "customers/forms.py": POINT,
    "customers/models/contact_point.py": POINT,
    "customers/people_files.py": "a column of a file",
    "customers/searching.py": POINT,
    "customers/suppressing.py": POINT,
    "customers/views/contact_points.py": POINT,
    "customers/views/registering.py": POINT,
    "interactions/recognising.py": POINT,
    "interactions/noting.py": "where a message was said that somebody logs without saying where",
    "insights/figures.py": POINT,
    "api/v1/finding.py": POINT,
    "api/shapes.py": ACCOUNT,
    "api/resource.py": ACCOUNT,
    "crm/settings.py": ACCOUNT,
    "crm/gallery.py": "the gallery shows components by examples",
    "staff/forms.py": ACCOUNT,
    "staff/joining.py": ACCOUNT,
    "staff/models/user.py": ACCOUNT,
    "staff/views/people.py": ACCOUNT,
    "templates/account/login.html": ACCOUNT,
    "templates/account/password_reset.html": ACCOUNT,
    "templates/staff/invite.html": ACCOUNT,
    "templates/staff/join.html": ACCOUNT,
    "templates/customers/_contact_points.html": POINT,
    "templates/customers/_who_form.html": POINT,
    "templates/devmail/_list.html": "the development mailbox holds mails",
    "templates/gallery/": "the gallery shows components by examples",
    "templates/ui/fields.html": MACRO,
    "templates/ui/lists.html": MACRO,
    "templates/ui/marks.html": MACRO,
}


def folders() -> dict[str, str]:
    """Return {key of a channel: its folder}, of those that have one."""
    return {one.channel: type(one).__module__.rpartition(".")[0].replace(".", "/") for one in carriers.every()}


def literals(source: str, key: str, folder: str) -> Iterator[int]:
    """Yield the lines of a Python file on which a channel is called by name."""
    module = re.compile(rf"\b{re.escape(folder.replace('/', '.'))}\b|\b{re.escape(folder)}\b")
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            if node.value == key or f"'{key}'" in node.value or module.search(node.value):
                yield node.lineno
        elif isinstance(node, ast.ImportFrom) and module.search(node.module or ""):
            yield node.lineno


def found(key: str, folder: str) -> Iterator[str]:
    """Yield "path:line" of every place outside its folder that calls a channel by name."""
    for room in ROOMS:
        for path in sorted((ROOT / room).rglob("*.py")):
            name = path.relative_to(ROOT)
            if not NOT_READ & {*name.parts} and not name.is_relative_to(folder):
                yield from (f"{name}:{line}" for line in literals(path.read_text(), key, folder))
    quoted = re.compile(rf"""["']{key}["']""")
    for path in [*sorted((ROOT / "templates").rglob("*.html")), *sorted((ROOT / "static/js/behaviours").glob("*.js"))]:
        for number, line in enumerate(path.read_text().splitlines(), 1):
            if quoted.search(line):
                yield f"{path.relative_to(ROOT)}:{number}"


def test_nobody_calls_a_channel_by_name():
    assert {"email", "sms"} <= folders().keys()
    places = [place for key, folder in folders().items() for place in found(key, folder)]
    assert [place for place in places if not place.startswith(tuple(ALLOWED))] == []
    idle = [start for start in ALLOWED if not any(place.startswith(start) for place in places)]
    assert idle == [], "Nothing there calls a channel by name any more."


def test_every_spelling_is_seen():
    source = '''"""Not here: email."""
from interactions.channels.mail import links
import x
A = "email"
B = "SELECT 1 WHERE channel = 'email'"
C = "interactions.channels.mail.jobs.poll"
D = f"deliver.{A}", "e-mail", "email_ref"
'''
    assert sorted(literals(source, "email", "interactions/channels/mail")) == [2, 4, 5, 6]

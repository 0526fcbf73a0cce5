"""The steps of the walk: what a person does on each screen. Each returns what the screen then said."""

import os
import re
import time
from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import Page, expect

WAIT_MS = 240_000  # for work that goes on elsewhere: an import of thousands, a send, on a busy machine


@dataclass
class Shots:
    """Pictures of every screen for a person to look at, where FILO_SHOTS names a folder."""

    folder: str = field(default_factory=lambda: os.environ.get("FILO_SHOTS", ""))
    count: int = 0

    def take(self, page: Page, name: str) -> None:
        if self.folder:
            self.count += 1
            page.screenshot(path=Path(self.folder) / f"{self.count:02}-{name}.png", full_page=True)


@dataclass(frozen=True)
class Imported:
    """What the page of a finished import says. worth: as it is written there, "" without one."""

    read: int
    new: int
    same: int
    skipped: int
    worth: str


class Walk:
    """One person at one browser."""

    def __init__(self, page: Page, shots: Shots) -> None:
        self.page = page
        self.shots = shots

    def shot(self, name: str) -> None:
        self.shots.take(self.page, name)

    def sign_in(self, email: str, password: str) -> None:
        self.page.goto("/")
        self.page.wait_for_url("**/accounts/login/**")
        self.page.get_by_label("E-mail").fill(email)
        self.page.get_by_label("Password", exact=True).fill(password)
        self.shot("sign-in")
        self.page.get_by_role("button", name="Sign in").click()
        expect(self.page.get_by_role("navigation").first).to_be_visible()
        self.shot("today")

    def invite(self, email: str, name: str, role: str) -> None:
        self.page.goto("/settings/people/")
        self.page.get_by_role("link", name="Invite").click()
        self.page.get_by_label("E-mail").fill(email)
        self.page.get_by_label("Name").fill(name)
        self.page.get_by_label("Role").select_option(role)
        self.page.get_by_role("button", name="Send the invitation").click()
        expect(self.page.get_by_text(email).first).to_be_visible()
        self.shot("people")

    def join(self, link: str, password: str) -> None:
        self.page.goto(link)
        self.page.get_by_label("Choose a password").fill(password)
        self.shot("join")
        self.page.get_by_role("button", name="Come in").click()
        expect(self.page.get_by_role("navigation").first).to_be_visible()

    # ---- import

    def begin_import(self, file: Path, kind: str, system: str) -> None:
        self.page.goto("/imports/")
        self.page.goto("/imports/new/")
        self.page.get_by_label("File", exact=True).set_input_files(file)
        self.page.get_by_role("radio", name=kind).check()
        self.page.get_by_label("Whose numbers are these?").fill(system)
        self.page.get_by_role("button", name="Read the file").click()
        self.shot("columns")
        self.page.get_by_role("button", name="Check", exact=True).click()
        expect(self.page.get_by_role("button", name="Import all rows")).to_be_visible()
        self.shot("checked")
        self.page.get_by_role("button", name="Import all rows").click()

    def imported(self, *, wait_ms: int = WAIT_MS) -> Imported:
        part = self.page.locator("#import")
        expect(part).to_contain_text("done in", timeout=wait_ms)
        self.shot("imported")
        text = part.inner_text()
        worth = re.search(r"Worth of what is new\s*(.+)", text)
        return Imported(
            read=_number(r"([\d,]+) rows? read", text),
            new=_number(r"New ([\d,]+)", text),
            same=_number(r"In already ([\d,]+)", text),
            skipped=_number(r"Skipped ([\d,]+)", text),
            worth=worth.group(1).strip() if worth else "",
        )

    # ---- segment and campaign

    def build_segment(self, name: str, *, spent: int) -> int:
        """Italian speakers who allow offers by e-mail and spent at least so much; return the count on screen."""
        page = self.page
        page.goto("/segments/new/")
        page.get_by_role("textbox", name="Name").fill(name)
        self._rule(0, "offers_email")
        self._rule(1, "language")
        page.get_by_role("checkbox", name="Italian").check()
        expect(page.locator("#segment-rules")).to_contain_text("Italian")
        self._rule(2, "spent")
        page.locator("input#value-2").fill(str(spent))
        page.locator("input#value-2").blur()
        expect(page.locator("#segment-rules")).to_contain_text(re.compile(rf"In words:.*{spent:,}", re.DOTALL))
        self.shot("segment")
        count = int(page.locator("#segment-result output").inner_text().replace(",", ""))
        page.get_by_role("button", name="Save segment").click()
        page.wait_for_url(re.compile(r"/segments/\d+/$"))
        return count

    def _rule(self, number: int, key: str) -> None:
        self.page.get_by_role("button", name="Rule", exact=True).first.click()
        self.page.locator(f"#field-{number}").select_option(key)
        expect(self.page.locator(f"#is-{number}")).to_be_visible()

    def write_campaign(self, name: str, *, segment: str, subject: str, body: str) -> int:
        """Write it; return how many will get it, as the screen says."""
        page = self.page
        page.goto("/campaigns/")
        page.get_by_role("link", name="Write a first draft").click()
        page.get_by_label("Name").fill(name)
        page.get_by_label("To whom").select_option(label=segment)
        page.get_by_role("button", name="Begin to write").click()
        page.locator("#subject").fill(subject)
        page.locator("#body").fill(body)
        expect(page.locator("#preview")).to_contain_text(body.splitlines()[-1])
        expect(page.locator("#saved")).to_have_text("Saved")
        self.shot("campaign")
        return int(page.locator("#audience output").inner_text().replace(",", ""))

    def launch(self, count: int) -> str:
        """Launch it and return the address of its results."""
        self.page.get_by_role("button", name="Launch").click()
        self.shot("launch")
        self.page.get_by_role("button", name=f"Send to {count:,}").click()
        self.page.wait_for_url("**/results/")
        return self.page.url

    def await_sent(self, count: int, *, wait_ms: int = WAIT_MS) -> None:
        expect(self.page.locator("#progress")).to_contain_text(f"{count:,} of {count:,} sent", timeout=wait_ms)

    def figure(self, words: str) -> int:
        """Return a number of the results page."""
        term = self.page.locator("#progress div", has=self.page.locator("dt", has_text=re.compile(f"^{words}$"))).last
        return int(term.locator("dd").inner_text().replace(",", ""))

    # ---- conversation and call

    def open_conversation(self, name: str) -> list[str]:
        """Open what waits of this customer and return its entries, oldest first."""
        self.page.goto("/conversations/?whose=nobody")
        self.shot("conversations")
        self.page.locator("#waiting").get_by_role("link", name=name).first.click()
        expect(self.page.locator(".convo")).to_be_visible()
        self.shot("conversation")
        return self.page.locator(".convo > li:has(time)").all_inner_texts()

    def await_call(self, name: str, words: str) -> float:
        """Return after how many seconds the thread card of who calls stands in the console."""
        begin = time.monotonic()
        expect(self.page.locator("#callbar")).to_contain_text(name, timeout=15_000)
        expect(self.page.locator("#call-body")).to_contain_text(words, timeout=15_000)
        took = time.monotonic() - begin
        self.shot("ringing")
        return took

    def log_call(self, notes: str) -> None:
        """By keyboard alone: answer, write, hang up, outcome, done."""
        keys = self.page.keyboard
        keys.press("F2")
        expect(self.page.get_by_role("heading", name="How did it end?")).to_be_visible()
        keys.type(notes)
        self.shot("call")
        keys.press("F4")
        keys.press("Escape")
        keys.press("1")
        keys.press("Control+Enter")
        expect(self.page.get_by_role("heading", name="Nobody is calling")).to_be_visible()
        self.shot("after-the-call")


def _number(pattern: str, text: str) -> int:
    found = re.search(pattern, text)
    assert found, f"{pattern} is not on the page:\n{text}"
    return int(found.group(1).replace(",", ""))

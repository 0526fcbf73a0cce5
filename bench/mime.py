"""What a mail costs: building its bytes, and handing them to a mail server. `python bench/mime.py [--json] [--n N]`

Floors: for the bytes, joining ready pieces that were encoded beforehand; for sending, a client that writes the same
bytes to the same server over the same kind of connection and looks at nothing but the count of answers. The server is
a process of its own that reads and says yes, so that its CPU is not counted. Per second of the client's CPU.
"""

import argparse
import json
import multiprocessing
import smtplib
import socket
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from email import policy
from email.message import EmailMessage
from html import escape
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench._mail import gateway, journal

composing, contract, smtp = gateway("composing"), gateway("contract"), gateway("sending")
Address, Envelope, Slot = contract.Address, contract.Envelope, composing.Slot
Copy = composing.Copy if hasattr(composing, "Copy") else composing.Letter  # as it was called
FIELDS = ["first_name", "last_name", "city", "product", "discount", "expires", "shop", "points", "adviser", "code"]
ROW = (
    '<tr><td style="font-family:Arial,sans-serif;font-size:14px;padding:8px 24px">'
    + "Words of a letter. " * 12
    + "</td></tr>\n"
)
SENDER = Address("ciao@shop.example", "Shop")
AT = datetime(2026, 3, 1, tzinfo=UTC)
ROUNDS = 3


def pieces() -> list[str | Slot]:
    """A letter of some 10 KB with ten values in it."""
    body: list[str | Slot] = ["<html><body><table>\n"]
    for name in FIELDS:
        body += [ROW * 3 + "<tr><td>Dear ", Slot(name), "!</td></tr>\n"]
    return [*body, "</table></body></html>"]


def letters(number: int) -> list[Copy]:
    return [
        Copy(
            to=Address(f"customer{n}@cafe.example", f"Customer {n}"),
            message_ref=f"{n}.abcdefgh@shop.example",
            values={name: f"{name} of <{n}>" for name in FIELDS},
            reply_to=Address(f"reply+token{n}@shop.example"),
            headers=composing.unsubscribe_headers(f"https://shop.example/p/token{n}/"),
        )
        for n in range(number)
    ]


def standard_library(letter: Copy) -> bytes:
    body = "".join(piece if isinstance(piece, str) else escape(letter.values[piece.name]) for piece in pieces())
    mail = EmailMessage(policy=policy.SMTP)
    mail["Subject"] = "Offer for " + letter.values["first_name"]
    mail["From"], mail["To"] = "Shop <ciao@shop.example>", f"{letter.to.name} <{letter.to.email}>"
    mail["Reply-To"], mail["Message-ID"] = letter.reply_to.email, f"<{letter.message_ref}>"
    for name, value in letter.headers.items():
        mail[name] = value
    mail.set_content("Hello " * 100)
    mail.add_alternative(body, subtype="html")
    return mail.as_bytes()


def per_cpu_second(number: int, work: Callable[[], object]) -> float:
    """Return how many of `number` things a second of CPU does: the best round, which others disturb least."""
    best = float("inf")
    for _ in range(ROUNDS):
        start = time.process_time()
        work()
        best = min(best, time.process_time() - start)
    return number / best


def building(number: int) -> dict[str, float]:
    skeleton = composing.Skeleton(
        sender=SENDER, subject=["Offer for ", Slot("first_name")], text=["Hello " * 100], html=pieces()
    )
    all_letters = letters(number)
    few = all_letters[: max(number // 100, 20)]
    parts = [piece.encode() if isinstance(piece, str) else b"a value of 20 bytes" for piece in pieces()]
    return {
        "standard library": per_cpu_second(len(few), lambda: [standard_library(letter) for letter in few]),
        "skeleton": per_cpu_second(number, lambda: [skeleton.fill(letter, at=AT) for letter in all_letters]),
        "floor: join": per_cpu_second(number, lambda: [b"".join(parts) for _ in all_letters]),
    }


def sink(listener: socket.socket, taken: Any) -> None:
    """Serve for ever: read mails, say yes, keep nothing but how many bytes of mail there were, in `taken`."""
    while True:
        connection, _ = listener.accept()
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # else each answer waits 40 ms for the last
        with suppress(ConnectionError), connection, connection.makefile("rb", 1 << 16) as lines:
            connection.sendall(b"220 sink\r\n")
            for line in lines:
                command = line[:4].upper()
                if command == b"EHLO":
                    connection.sendall(b"250-sink\r\n250-PIPELINING\r\n250 8BITMIME\r\n")
                elif command == b"DATA":
                    connection.sendall(b"354 go on\r\n")
                    while (part := lines.readline()) != b".\r\n":
                        taken.value += len(part)
                    connection.sendall(b"250 2.0.0 taken\r\n")
                elif command == b"QUIT":
                    connection.sendall(b"221 bye\r\n")
                else:
                    connection.sendall(b"250 yes\r\n")


@contextmanager
def serving() -> Iterator[tuple[int, Any]]:
    """Run the sink as a process of its own; give its port, and how many bytes of mail it has taken (`.value`)."""
    here = multiprocessing.get_context("fork")
    taken = here.Value("q", 0, lock=False)  # one connection at a time writes it
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = here.Process(target=sink, args=(listener, taken), daemon=True)
        server.start()
        try:
            yield listener.getsockname()[1], taken
        finally:
            server.kill()
            server.join()


def raw(port: int, mails: list[Envelope]) -> None:
    """The floor: announcement and mail in one write each, answers counted by their lines."""
    line = socket.create_connection(("127.0.0.1", port), timeout=20)
    line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    answers = line.makefile("rb")
    answers.readline()
    line.sendall(b"EHLO x\r\n")
    for _ in range(3):
        answers.readline()
    for mail in mails:
        line.sendall(b"MAIL FROM:<b@shop.example>\r\nRCPT TO:<%s>\r\nDATA\r\n" % mail.to.encode())
        for _ in range(3):
            answers.readline()
        line.sendall(mail.data + b".\r\n")
        answers.readline()
    line.close()


def library(port: int, mails: list[Envelope]) -> None:
    with smtplib.SMTP("127.0.0.1", port, "shop.example", timeout=20) as smtp:
        for mail in mails:
            smtp.sendmail(mail.return_path, [mail.to], mail.data)


def ours(port: int, mails: list[Envelope], folder: Path | None) -> None:
    sender = smtp.Sender("127.0.0.1", port, hello="shop.example", timeout=20)
    if folder:
        with journal().Journal(folder, "bench") as kept:
            results = list(sender.send(mails, before_data=kept.begun, after_accept=kept.accepted))
            kept.clear()
    else:
        results = list(sender.send(mails))
    sender.close()
    assert all(result.answer is smtp.Answer.ACCEPTED for result in results)


def sending(number: int) -> dict[str, float]:
    skeleton = composing.Skeleton(sender=SENDER, subject=["Offer"], text=["Hello " * 100], html=pieces())
    mails = [
        Envelope(n, "b@shop.example", letter.to.email, skeleton.fill(letter, at=AT))
        for n, letter in enumerate(letters(number))
    ]
    with serving() as (port, _taken), tempfile.TemporaryDirectory() as folder:
        return {
            "smtplib, kept open": per_cpu_second(number, lambda: library(port, mails)),
            "sender": per_cpu_second(number, lambda: ours(port, mails, None)),
            "sender with journal": per_cpu_second(number, lambda: ours(port, mails, Path(folder))),
            "floor: raw socket": per_cpu_second(number, lambda: raw(port, mails)),
        }


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--json", action="store_true")
    asked.add_argument("--n", type=int, default=3_000, help="mails of a round")
    chosen = asked.parse_args()
    built, sent = building(chosen.n), sending(chosen.n)
    ratios = {
        "skeleton / standard library": built["skeleton"] / built["standard library"],
        "skeleton / floor": built["skeleton"] / built["floor: join"],
        "sender with journal / smtplib": sent["sender with journal"] / sent["smtplib, kept open"],
        "sender with journal / floor": sent["sender with journal"] / sent["floor: raw socket"],
    }
    figures = {f"build: {name}": round(rate) for name, rate in built.items()}
    figures |= {f"send: {name}": round(rate) for name, rate in sent.items()}
    if chosen.json:
        rounded = {name: round(ratio, 2) for name, ratio in ratios.items()}
        print(json.dumps({"name": "mime", "n": chosen.n, "figures": figures, "ratios": rounded}))
        return
    print(f"{chosen.n} mails of 10 KB with ten values, per second of CPU")
    for name, rate in figures.items():
        print(f"  {name:<34}{rate:>10,}")
    for name, ratio in ratios.items():
        print(f"  {name:<34}{ratio:>10.2f}")


if __name__ == "__main__":
    main()

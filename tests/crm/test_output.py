import json
import os
import time

from crm.running.output import Output

TROUBLE = {"event": "task_failed", "level": "error", "error": "it broke\nin two lines", "exception": "Traceback …"}


def hear(folder, capsys, *lines, everything=False):
    """Let a child say these lines; return what stands on the terminal and in its log."""
    reading, writing = os.pipe()
    Output(folder, everything=everything).follow("web", os.fdopen(reading, "rb"))
    os.write(writing, "".join(f"{line}\n" for line in lines).encode())
    os.close(writing)
    deadline = time.monotonic() + 10
    while (log := folder / "web.log") and not (log.exists() and log.read_text().count("\n") == len(lines)):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    time.sleep(0.1)
    return capsys.readouterr().out.splitlines(), log.read_text().splitlines()


def test_routine_goes_to_the_log_and_trouble_to_the_terminal_in_short(tmp_path, capsys):
    routine = json.dumps({"event": "request_finished", "level": "info"})
    shown, logged = hear(
        tmp_path, capsys, routine, json.dumps(TROUBLE), "Segmentation fault", "[INFO] Started worker-1"
    )
    assert shown == ["web     | error: task_failed it broke", "web     | Segmentation fault"]
    assert logged[1] == json.dumps(TROUBLE) and len(logged) == 4


def test_everything_is_shown_when_asked_for(tmp_path, capsys):
    shown, _ = hear(tmp_path, capsys, "[INFO] Started worker-1", everything=True)
    assert shown == ["web     | [INFO] Started worker-1"]

"""The editor answers to this machine only, and writes nothing that is not a layout."""

import http.client
import json
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from workers.layout_edit.desk import EditDesk
from workers.layout_edit.lines import find_lines
from workers.layout_edit.server import EditServer

SHIPPED = Path(__file__).resolve().parents[2] / "ocr" / "layouts" / "c1_plano_ppwp_2019.json"


def blank() -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    page = np.full((594, 420), 255, np.uint8)
    for x in (100, 130, 160, 190):
        page[200:231, x - 1 : x + 1] = 0
    page[199:201, 99:191] = page[229:231, 99:191] = 0
    return page


@pytest.fixture
def server(tmp_path: Path) -> Iterator[EditServer]:
    server = EditServer(EditDesk(tmp_path / "baru.json", {1: blank()}))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


def ask(server: EditServer, path: str, sent: object = None, host: str | None = None) -> tuple[int, bytes]:
    line = http.client.HTTPConnection("127.0.0.1", server.server_address[1], timeout=10)
    headers = {"Host": host or server.host}
    line.request("GET" if sent is None else "POST", path, None if sent is None else json.dumps(sent), headers)
    answer = line.getresponse()
    body = answer.read()
    line.close()
    return answer.status, body


def test_only_who_holds_the_address_is_answered(server: EditServer) -> None:
    assert server.server_address[0] == "127.0.0.1"
    assert ask(server, f"/{server.token}/state")[0] == 200
    assert ask(server, "/state")[0] == 403
    assert ask(server, "/" + "x" * len(server.token) + "/save", {})[0] == 403
    assert ask(server, f"/{server.token}/state", host="elsewhere.example")[0] == 403


def test_a_layout_with_mistakes_is_not_written(server: EditServer) -> None:
    status, body = ask(server, f"/{server.token}/save", {"layout": {"key": "a"}})
    assert status == 409
    assert b"is missing" in body
    assert not server.desk.target.exists()


def test_a_whole_layout_is_written_and_not_overwritten_unasked(server: EditServer) -> None:
    layout = json.loads(SHIPPED.read_bytes())
    assert ask(server, f"/{server.token}/save", {"layout": layout})[0] == 200
    assert json.loads(server.desk.target.read_bytes()) == layout
    changed = {**layout, "form": "Other"}
    assert ask(server, f"/{server.token}/save", {"layout": changed})[0] == 409
    assert json.loads(server.desk.target.read_bytes()) == layout
    assert ask(server, f"/{server.token}/save", {"layout": changed, "overwrite": True})[0] == 200
    assert json.loads(server.desk.target.read_bytes()) == changed
    assert [path.name for path in server.desk.target.parent.iterdir()] == ["baru.json"]


def test_what_is_no_object_is_refused(server: EditServer) -> None:
    assert ask(server, f"/{server.token}/check", [1, 2])[0] == 400
    assert ask(server, f"/{server.token}/nowhere", {})[0] == 404


def test_printed_lines_and_boxes_are_offered_in_millimetres() -> None:
    lines = find_lines(blank(), 210.0)
    assert sorted(lines.squares) == [
        pytest.approx((left, 100.0, left + 15.0, 115.0), abs=0.5) for left in (50.0, 65.0, 80.0)
    ]
    upright = [rule for rule in lines.rules if rule[0] == rule[2]]
    level = [rule for rule in lines.rules if rule[1] == rule[3]]
    assert sorted(rule[0] for rule in upright) == pytest.approx([50.0, 65.0, 80.0, 95.0], abs=0.4)
    assert sorted(rule[1] for rule in level) == pytest.approx([100.0, 115.0], abs=0.4)

"""Dashboards are imported into a server that keeps the documented contract of Grafana's HTTP API.

Folder API: GET /api/folders/:uid answers 200 or 404, POST /api/folders 200 or 412 where the uid is taken. Dashboards:
POST /api/dashboards/db answers 200 with status, uid and url, 400 for a folder that is not there, 412 where the uid is
taken and ``overwrite`` is not set. Both answer 401 without a token they know.
"""

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from ops.local.ports import LOOPBACK
from ops.monitoring.grafana_import import DASHBOARDS
from tests.conftest import ROOT, Run

TOKEN = "glsa_of_a_test"


@dataclass(slots=True)
class Grafana:
    """What the server holds; ``refuses`` is a status that it answers to every dashboard."""

    url: str = ""
    folders: dict[str, str] = field(default_factory=dict)
    dashboards: dict[str, tuple[str, dict[str, Any]]] = field(default_factory=dict)
    refuses: int = 0

    def answer(self, method: str, path: str, body: dict[str, Any] | None) -> tuple[int, dict[str, Any]]:
        if method == "GET" and path.startswith("/api/folders/"):
            uid = path.rpartition("/")[2]
            return (200, {"uid": uid}) if uid in self.folders else (404, {"message": "Folder not found"})
        assert body is not None
        if path == "/api/folders":
            if body["uid"] in self.folders:
                return 412, {"message": "a folder with that UID already exists"}
            self.folders[body["uid"]] = body["title"]
            return 200, {"uid": body["uid"], "url": f"/dashboards/f/{body['uid']}/x"}
        assert path == "/api/dashboards/db"
        return self._store(body)

    def _store(self, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        dashboard = body["dashboard"]
        if self.refuses:
            return self.refuses, {"message": "no"}
        if body["folderUid"] not in self.folders:
            return 400, {"message": "folder not found"}
        if dashboard["id"] is not None or not dashboard["title"]:
            return 400, {"message": "bad request data"}
        if dashboard["uid"] in self.dashboards and not body.get("overwrite"):
            return 412, {"status": "name-exists", "message": "A dashboard with the same uid already exists"}
        self.dashboards[dashboard["uid"]] = (body["folderUid"], dashboard)
        return 200, {"status": "success", "uid": dashboard["uid"], "url": f"/d/{dashboard['uid']}/x"}


@pytest.fixture
def grafana() -> Iterator[Grafana]:
    made = Grafana()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer("GET", None)

        def do_POST(self) -> None:
            assert self.headers["Content-Type"] == "application/json"
            self._answer("POST", json.loads(self.rfile.read(int(self.headers["Content-Length"]))))

        def _answer(self, method: str, body: dict[str, Any] | None) -> None:
            known = self.headers["Authorization"] == f"Bearer {TOKEN}"
            status, said = made.answer(method, self.path, body) if known else (401, {"message": "Unauthorized"})
            self.send_response(status)
            self.end_headers()
            self.wfile.write(json.dumps(said).encode())

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer((LOOPBACK, 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    made.url = f"http://{LOOPBACK}:{server.server_address[1]}"
    yield made
    server.shutdown()
    server.server_close()


def test_all_dashboards_come_into_their_folder_and_a_second_import_overwrites_them(
    ledgermind: Run, grafana: Grafana
) -> None:
    variables = {"LEDGERMIND_GRAFANA_URL": grafana.url, "LEDGERMIND_GRAFANA_TOKEN": TOKEN}
    for _ in range(2):
        done = ledgermind("dashboards", "import", **variables)
        assert done.returncode == 0, done.stderr
        assert done.stdout.splitlines() == [f"{grafana.url}/d/{name}/x" for name in DASHBOARDS]
    assert grafana.folders == {"ledgermind": "LedgerMind"}
    for name in DASHBOARDS:
        file = json.loads((ROOT / "ops" / "deploy" / "grafana" / "dashboards" / f"{name}.json").read_text())
        assert grafana.dashboards[name] == ("ledgermind", file | {"id": None})


def test_one_dashboard_is_imported_by_its_name(ledgermind: Run, grafana: Grafana) -> None:
    variables = {"LEDGERMIND_GRAFANA_URL": grafana.url, "LEDGERMIND_GRAFANA_TOKEN": TOKEN}
    done = ledgermind("dashboards", "import", "ml-source-freshness", "--json", **variables)
    assert json.loads(done.stdout) == {"imported": [f"{grafana.url}/d/ml-source-freshness/x"]}
    assert list(grafana.dashboards) == ["ml-source-freshness"]


@pytest.mark.parametrize(
    ("names", "variables", "refuses", "says", "code"),
    [
        pytest.param([], {}, 0, "set LEDGERMIND_GRAFANA_TOKEN", 2, id="no token"),
        pytest.param([], {"TOKEN": "wrong"}, 0, "answers 401 to /api/folders/ledgermind", 4, id="a wrong token"),
        pytest.param(["nonsense"], {"TOKEN": TOKEN}, 0, "no dashboard nonsense; there are", 2, id="no such dashboard"),
        pytest.param([], {"TOKEN": TOKEN}, 403, "the token may not write dashboards", 4, id="may not write"),
        pytest.param([], {"TOKEN": TOKEN}, 500, "answers 500 to /api/dashboards/db: no", 4, id="another fault"),
        pytest.param([], {"TOKEN": TOKEN, "URL": "http://127.0.0.1:1"}, 0, "no Grafana answers", 4, id="nobody there"),
    ],
)
def test_what_does_not_go_is_one_line(
    ledgermind: Run, grafana: Grafana, names: list[str], variables: dict[str, str], refuses: int, says: str, code: int
) -> None:
    grafana.refuses = refuses
    told = {"URL": grafana.url} | variables
    done = ledgermind(
        "dashboards", "import", *names, **{f"LEDGERMIND_GRAFANA_{name}": one for name, one in told.items()}
    )
    assert done.returncode == code
    (line,) = done.stderr.splitlines()
    assert says in line
    assert TOKEN not in line

"""Walks through the screens of the entity that CONTRIBUTING.md adds, as people would, and prints what it met.

Runs as a process of its own inside a copy of the project that has the new file:

    python -m tests.docs.walk OWNER_URL WEB_URL FOLDER
"""

from __future__ import annotations

import json
import re
import sys
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from app.core import db
from app.core.entity import named
from tests import web
from tests.cast import Cast
from tests.databases import Database
from tests.realtime.site import Browser as Visitor
from tests.realtime.site import Page, serving, until

LIST = "/appliances/"


def walk(database: Database, folder: Path) -> dict[str, Any]:
    """Everything met on the way, by name."""
    began = time.monotonic()
    app = web.application(database, folder)
    db.configure(database.url, pool_size=5)
    cast = Cast.met(database)
    manager, clerk, nobody = (web.Browser.of(app, name) for name in ("manager", "south_clerk", "nobody"))
    met: dict[str, Any] = {"empty": manager.get(LIST).text}
    met["seconds_to_first_page"] = round(time.monotonic() - began, 1)

    cursor = manager.get("/api/v1/changes?entity=appliance").json["cursor"]
    given = {"name": "Fridge", "serial": "F-1", "location_id": str(cast.north), "state": "works", "price": "499.00"}
    made = manager.post(f"{LIST}new", data=given)
    met["created"] = made.status_code
    id = made.headers["Location"].rsplit("/", 1)[-1]
    met["list"] = manager.get(LIST).text
    met["filtered"] = ["Fridge" in manager.get(f"{LIST}?f.0.state.any={state}").text for state in ("works", "broken")]
    met["record"] = manager.get(f"{LIST}{id}").text

    retired = {**given, "state": "retired", "version": "1"}
    refused = manager.post(f"{LIST}{id}/edit", data=retired)
    met["refused"] = [refused.status_code, "Say what became of it." in refused.text]
    met["edited"] = manager.post(f"{LIST}{id}/edit", data={**retired, "note": "Sold."}).status_code
    cell = {"column": "name", "value": "Old fridge", "version": 2}
    met["cell"] = manager.post(f"{LIST}{id}/cell", json=cell).json
    met["stale"] = manager.post(f"{LIST}{id}/cell", json={**cell, "value": "Mine"}).json
    met["picked"] = manager.get(f"{LIST}pick?q=fridge").json["items"]
    met["feed"] = manager.get(f"/api/v1/changes?{urlencode({'entity': 'appliance', 'after': cursor})}").json["changes"]

    met["elsewhere"] = [clerk.get(f"{LIST}{id}").status_code, "fridge" in clerk.get(LIST).text.lower()]
    doors = [LIST, f"{LIST}{id}", f"{LIST}{id}/edit", f"{LIST}new", f"{LIST}pick?q=fridge"]
    met["closed"] = {door.replace(id, "ID"): nobody.get(door).status_code for door in doors}
    met["closed"]["POST cell"] = nobody.post(f"{LIST}{id}/cell", json=cell).status_code
    met["closed"]["feed"] = nobody.get("/api/v1/changes?entity=appliance").status_code
    met["live"] = live(database, folder, id)
    met["id"] = id
    db.release()
    assert named("appliance").__tablename__ == "appliances"
    return met


def live(database: Database, folder: Path, id: str) -> dict[str, Any]:
    """What an open page of the manager hears of a colleague's save, and what one of nobody hears."""
    with serving(database, folder) as server:
        colleague, stranger = Visitor(server.address, "manager"), Visitor(server.address, "nobody")
        page = Page(server.address, colleague.cookie, ["appliance"]).open()
        other = Page(server.address, stranger.cookie, ["appliance"]).open()
        answer = colleague.http.post(
            f"{server.address}{LIST}{id}/cell",
            json={"column": "name", "value": "Cold box", "version": 3},
            headers={"X-CSRFToken": colleague.token()},
            timeout=20,
        )
        until(lambda: page.has("appliance", id, 4), why=f"the save was not told: {answer.text}")
        cell = re.sub(r"<[^>]+>", "", page.rows[f"appliance:{id}"][1]["name"])
        heard = {"cell": cell, "stranger_may_watch": other.allowed, "stranger_heard": other.events("changes")}
        page.close()
        other.close()
    return heard


if __name__ == "__main__":
    owner_url, web_url, folder = sys.argv[1:]
    print(json.dumps(walk(Database("", web_url, owner_url, ""), Path(folder)), default=str))

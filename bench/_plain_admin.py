"""The yardstick of the list bench: Flask-Admin as it comes, a ModelView over the same table, told nothing but columns.

python -m bench._plain_admin URL PORT
"""

from __future__ import annotations

import sys
from wsgiref.types import WSGIApplication

import sqlalchemy as sa
from flask import Flask
from flask_admin import Admin
from flask_admin.contrib.sqla import ModelView
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy.ext.automap import automap_base
from werkzeug.serving import WSGIRequestHandler, make_server

COLUMNS = ("number", "client", "location", "ordered_on", "required_on", "state", "staff", "freight")
"""What Backroom's list of orders shows."""


class OrderView(ModelView):  # type: ignore[misc]
    """A list with what its users would switch on: search, filters, sorting, names of linked records."""

    column_list = COLUMNS
    column_searchable_list = ("number", "ship_name", "ship_city")
    column_filters = ("state", "freight", "required_on")
    column_sortable_list = ("number", "ordered_on", "required_on", "freight")
    column_default_sort = ("ordered_on", True)
    page_size = 50


def application(url: str) -> WSGIApplication:
    """A Flask application with one such view at /admin/order/."""
    app = Flask(__name__)
    app.config |= {"SQLALCHEMY_DATABASE_URI": url, "SECRET_KEY": "bench"}
    database = SQLAlchemy(app)
    with app.app_context():
        metadata = sa.MetaData()
        metadata.reflect(database.engine, only=["orders", "clients", "locations", "staff", "users"])
        base = automap_base(metadata=metadata)
        base.prepare()
        for name in ("clients", "locations", "staff"):
            base.classes[name].__str__ = lambda self: self.name
        names = {"clients": "client", "locations": "location", "staff": "staff"}
        model = base.classes.orders
        for column, relation in (("client_id", "client"), ("location_id", "location"), ("staff_id", "staff")):
            if relation not in model.__mapper__.relationships:
                target = next(table for table, one in names.items() if one == relation)
                model.__mapper__.add_property(
                    relation,
                    sa.orm.relationship(base.classes[target], foreign_keys=[model.__table__.c[column]], viewonly=True),
                )
        Admin(app, name="plain").add_view(OrderView(model, database, endpoint="order", name="Orders"))
    return app


class Quiet(WSGIRequestHandler):
    """Keeps connections open, as Backroom's server does, and writes no log."""

    protocol_version = "HTTP/1.1"

    def log(self, *_: object) -> None:
        """Nothing."""


if __name__ == "__main__":
    served = make_server("127.0.0.1", int(sys.argv[2]), application(sys.argv[1]), threaded=True, request_handler=Quiet)
    print("serving", flush=True)
    served.serve_forever()

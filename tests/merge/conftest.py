"""Two people, one record: the application and a record of any entity, as the tests of screens have them."""

from tests.screens.conftest import admin, app, browsers, make

__all__ = ["admin", "app", "browsers", "make"]

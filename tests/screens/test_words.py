"""Nobody reads a program's words: verbs, kinds of record, roles and what an empty value means are said as people say them."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
import sqlalchemy as sa

from app.core import db, titles
from app.core.columns import Column, spoken
from app.core.entity import entities, label_of, named
from app.core.errors import Invalid
from app.services import records
from app.views import cells, paths
from tests.cast import Cast
from tests.screens import forms
from tests.screens.conftest import Make, stored
from tests.web import Browser


def cell(page: str, column: str) -> str:
    """What stands in a column of the first row."""
    found = re.search(rf'<t[dh][^>]* data-column="{column}"[^>]*>(.*?)</t[dh]>', page.split("<tbody>", 1)[1])
    assert found, f"no {column} in the list"
    return re.sub(r"<[^>]*>", "", found[1]).strip()


def test_a_permission_is_read_in_words(make: Make, admin: Browser, cast: Cast) -> None:
    role = named("role")
    id = make(role, name="night_shift")
    records.create(cast.admin, named("permission"), {"role_id": str(id), "entity": "tax_rate", "verb": "create"})
    page = admin.get(f"/permissions/?f.1.role_id.any={id}").text
    assert [cell(page, name) for name in ("role_id", "entity", "verb")] == ["Night shift", "Tax rate", "Create"]


def test_a_form_says_words_as_lists_do_and_stores_what_programs_say(make: Make, admin: Browser, cast: Cast) -> None:
    role, permission = named("role"), named("permission")
    night = make(role, name="late_shift")
    given = {"role_id": str(night), "entity": "tax_rate", "verb": "create"}
    id = records.create(cast.admin, permission, given).id
    form = forms.read(admin.get(paths.of_form(permission, id)).text)
    assert (form["verb"], form["field"]) == ("Create", "")
    assert forms.read(admin.get(paths.of_form(role, night)).text)["name"] == "Late shift"
    for typed, kept in {"Change": "change", "everything": "*", "see": "see"}.items():
        form = forms.read(admin.get(paths.of_form(permission, id)).text)
        assert admin.post(paths.of_form(permission, id), data=form | {"verb": typed}).status_code == 303
        assert stored(permission, id).verb == kept  # type: ignore[union-attr]
    assert stored(role, night).name == "late_shift"  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"verb": "fly"}, "What may be done with it: See, Create, Change"),
        ({"field": "wings", "level": "see"}, "Its fields are: Name"),
    ],
)
def test_a_permission_for_what_there_is_not_is_refused_with_what_there_is(
    given: dict[str, str], sentence: str, make: Make, cast: Cast
) -> None:
    role = str(make(named("role")))
    with pytest.raises(Invalid) as refused:
        records.create(cast.admin, named("permission"), {"role_id": role, "entity": "tax_rate"} | given)
    assert sentence in "".join(refused.value.fields.values())


@pytest.mark.parametrize(("who", "where"), [("north_clerk", "North"), ("manager", "All my locations")])
def test_home_says_of_which_locations_its_numbers_are(who: str, where: str, browsers: Callable[..., Browser]) -> None:
    assert f'id="numbers">{where}</h2>' in browsers(who).get("/").text


def test_of_many_kinds_of_records_below_one_the_first_are_open(make: Make, admin: Browser, cast: Cast) -> None:
    for kind in ("register", "adjustment", "order", "stock_rule", "appointment"):
        make(named(kind))
    page = admin.get(paths.of_record(named("location"), cast.north)).text
    assert len(re.findall(r'<section class="section" aria-labelledby="child-', page)) == 3
    assert len(re.findall(r'<details class="section is-folded" aria-labelledby="child-', page)) >= 2
    brand = admin.get(paths.of_record(named("brand"), make(named("brand")))).text
    assert "is-folded" not in brand


@pytest.mark.parametrize("stored", ["frontdesk", "night_shift", "Night Shift", "*", "brand_id"])
def test_the_database_and_the_page_say_a_word_alike(stored: str, admin: Browser, cast: Cast) -> None:
    words = (("frontdesk", "Front desk"), ("*", "Everything"))
    column = sa.literal(stored, sa.Text())
    with db.reading(cast.admin) as session:
        said = session.scalar(sa.select(titles.as_text(Column("text", words=words), column)))
    assert said == spoken(stored, words)


def test_every_kind_of_record_is_called_by_its_label(admin: Browser, cast: Cast) -> None:
    words = titles.words_of(Column("entity")) or ()
    assert [spoken(cls.entity, words) for cls in entities()] == [label_of(cls) for cls in entities()]


def test_a_grant_without_a_location_says_that_it_holds_everywhere(make: Make, admin: Browser) -> None:
    id = make(named("grant"), location_id=None)
    assert "All locations" in admin.get(paths.of_record(named("grant"), id)).text


def test_a_record_that_is_pointed_to_is_called_by_its_name(make: Make, admin: Browser, cast: Cast) -> None:
    brand = make(named("brand"), name="Fern")
    said = {"entity": "brand", "record_id": str(brand), "body": "Look here"}
    records.create(cast.admin, named("comment"), said)
    page = admin.get("/comments/?q=Look").text
    assert cell(page, "record_id") == "Fern"
    assert f'href="{paths.of_record(named("brand"), brand)}"' in page


def test_what_names_a_row_leads_to_the_row(make: Make, admin: Browser) -> None:
    leave = named("leave")
    id = make(leave)
    page = admin.get(paths.of_list(leave)).text
    assert cells.leading(leave) == "staff_id"
    assert f'<a class="cell-title" href="{paths.of_record(leave, id)}"' in page


def test_a_change_tells_its_fields_by_their_names(make: Make, admin: Browser) -> None:
    id = make(named("brand"), name="Lichen")
    answer = admin.post(
        f"{paths.of_record(named('brand'), id)}/cell",
        json={"column": "name", "value": "Moss", "version": 1},
        headers={"Accept": "application/json"},
    )
    assert answer.status_code == 200, answer.text
    page = admin.get(f"/changes/?f.1.record_id.any={id}&f.1.op.any=update").text
    assert cell(page, "diff") == "Name"


def test_a_form_names_what_its_record_hangs_on(make: Make, admin: Browser, cast: Cast) -> None:
    brand = make(named("brand"), name="Sorrel")
    said = {"entity": "brand", "record_id": str(brand), "body": "Look here"}
    comment = records.create(cast.admin, named("comment"), said)
    page = admin.get(paths.of_form(named("comment"), comment.id)).text
    assert f'<option value="{brand}" selected>Sorrel</option>' in page

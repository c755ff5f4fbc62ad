"""Who is away hands deciding over for some days: what they may decide, where they may, and nothing of either's own."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa

from app.core import access, db, grants, listing
from app.core.actor import Actor, gate
from app.core.entity import Entity, entities, is_decided, named
from app.core.errors import Forbidden, Invalid, NotFound, OtherSide, TheirOwn, WrongState, YourOwn
from app.services import records
from tests.cast import Cast
from tests.databases import Database
from tests.stock.shop import SYSTEM, document, look, product, reason, state, stock_up, take
from tests.stock.test_approvals import WISHES, cash, decisions, offered, states

TODAY = dt.datetime.now(dt.UTC).date()


def day(offset: int) -> str:
    return str(TODAY + dt.timedelta(days=offset))


def again(actor: Actor) -> Actor:
    """The same person at their next request."""
    with db.reading(gate()) as session:
        found = grants.resolve(session, actor.id or uuid4())
    assert found is not None
    return found


def person(*held: tuple[str, UUID | None]) -> Actor:
    """Somebody new with these roles at these places."""
    user = records.create(SYSTEM, named("user"), {"name": "Robin", "email": f"{uuid4()}@example.com"})
    for role, place in held:
        id = look("SELECT id FROM roles WHERE name = :name", name=role).id
        records.create(SYSTEM, named("grant"), {"user_id": user.id, "role_id": id, "location_id": place})
    return again(Actor(user.id, "Robin", grants.Access()))


def hand_over(actor: Actor, to: Actor, starts: int = 0, ends: int = 0) -> Entity:
    days = {"starts_on": day(starts), "ends_on": day(ends)}
    return records.create(actor, named("delegation"), {"user_id": actor.id, "to_user_id": to.id, **days})


def wish(cast: Cast, entity: str = "cash_request", user: UUID | None = None) -> Entity:
    return WISHES[entity](cast, user or cast.north_clerk.id)


# --- what is handed over ---------------------------------------------------------------------------------------------


def adjustment(cast: Cast) -> Entity:
    tea = product("Tea")
    stock_up(cast.north, tea, 5)
    lines = {"adjustment_line": [{"product_id": tea, "quantity": "-1"}]}
    found = document(cast.north_clerk, "adjustment", lines, location_id=cast.north, reason_id=reason())
    take(cast.north_clerk, found, "propose")
    return found


def count(cast: Cast) -> Entity:
    tea = product("Tea")
    stock_up(cast.north, tea, 5)
    category = records.create(SYSTEM, named("category"), {"name": f"C {uuid4()}"}).id
    version = look("SELECT version FROM products WHERE id = :id", id=tea).version
    records.change(SYSTEM, named("product"), tea, {"category_id": category}, expected_version=version)
    found = document(cast.north_clerk, "stock_count", {}, location_id=cast.north, kind="category", category_id=category)
    take(cast.north_clerk, found, "start")
    line = look("SELECT id FROM stock_count_lines WHERE stock_count_id = :id", id=found.id).id
    take(cast.north_clerk, found, "count", lines={line: {"counted": "4"}})
    take(cast.north_clerk, found, "review")
    return found


def purchase(cast: Cast) -> Entity:
    supplier = records.create(SYSTEM, named("supplier"), {"name": f"Supplier {uuid4()}"}).id
    lines = {"purchase_order_line": [{"product_id": product("Tea"), "quantity": "2"}]}
    return document(cast.north_clerk, "purchase_order", lines, location_id=cast.north, supplier_id=supplier)


def goods(cast: Cast, entity: str, by: Actor | None = None) -> Entity:
    by = by or cast.south_clerk
    tea = product("Tea")
    stock_up(cast.north, tea, 5)
    lines = {f"{entity}_line": [{"product_id": tea, "quantity": "2"}]}
    found = document(by, entity, lines, from_location_id=cast.north, to_location_id=cast.south)
    take(by, found, "request")
    return found


DOCUMENTS: Mapping[str, Callable[[Cast], Entity]] = {
    "adjustment": adjustment,
    "bonus": lambda cast: wish(cast, "bonus"),
    "cash_request": wish,
    "leave": lambda cast: wish(cast, "leave"),
    "purchase_order": purchase,
    "stock_count": count,
    "stock_request": lambda cast: goods(cast, "stock_request"),
    "transfer": lambda cast: goods(cast, "transfer"),
}
"""Every document about which somebody decides, waiting for it at North."""

GIVEN: Mapping[str, Mapping[str, Any]] = {"stock_request": {"answer": "No."}}

each_document = pytest.mark.parametrize("entity", sorted(DOCUMENTS))


def asked_of_lines(found: Entity, verb: str) -> dict[UUID, dict[str, str]]:
    if (type(found).entity, verb) != ("stock_request", "approve"):
        return {}
    return {look("SELECT id FROM stock_request_lines WHERE stock_request_id = :id", id=found.id).id: {"approved": "2"}}


def decide(actor: Actor, found: Entity, verb: str = "approve") -> Any:
    given = {} if verb == "approve" else GIVEN.get(type(found).entity, {"note": "No."})
    return take(actor, found, verb, given, lines=asked_of_lines(found, verb))


def test_every_document_that_is_decided_is_tested_here(cast: Cast) -> None:
    assert {cls.entity for cls in entities() if is_decided(cls)} == set(DOCUMENTS)
    rows = look("SELECT array_agg(entity) AS names FROM backroom.entities WHERE decided").names
    assert set(rows) == set(DOCUMENTS), "what the catalog in the database says is what the declarations say"


@each_document
@pytest.mark.parametrize("verb", ["approve", "reject"])
def test_who_was_given_it_decides_for_the_one_who_is_away(cast: Cast, entity: str, verb: str) -> None:
    """Even somebody who may do nothing otherwise; at the document and in the list of what waits."""
    if verb not in named(entity).verbs:
        assert verb == "reject"
        return
    found, manager, robin = DOCUMENTS[entity](cast), person(("manager", cast.north)), person()
    with pytest.raises((NotFound, Forbidden)):
        decide(robin, found, verb)
    hand_over(manager, robin)
    robin = again(robin)
    assert verb in offered(robin, found)
    if states(found):
        assert listed(robin, named("approval"), decisions(found)[-1]["id"])
    assert listed(robin, named(entity), found.id)
    decide(robin, found, verb)
    kept = decisions(found)[-1]
    assert kept["state"] == ("approved" if verb == "approve" else "rejected")
    assert (kept["decided_by_id"], kept["on_behalf_of_id"]) == (str(robin.id), str(manager.id))


def listed(actor: Actor, entity: type[Entity], id: UUID | str) -> bool:
    query = listing.parse(actor, entity, {"f.1.id.any": [str(id)]})
    return [str(row.id) for row in listing.page(actor, entity, query).rows] == [str(id)]


@each_document
def test_it_is_seeing_and_deciding_and_nothing_else(cast: Cast, entity: str) -> None:
    cls, robin = named(entity), person()
    hand_over(person(("manager", cast.north)), robin)
    robin = again(robin)
    for verb in ("see", "create", "change", "delete", "export", "import", *cls.verbs):
        own = verb in getattr(cls.scope, "verbs", ())
        expected = {cast.north} if verb in ("see", "approve", "reject") and verb in ("see", *cls.verbs) else set()
        assert set(access.locations(robin, cls, verb)) == expected, verb
        assert in_the_database(robin, entity, verb) == expected or verb not in cls.verbs, verb
        assert own or access.may(robin, cls, verb) == bool(expected), verb
    assert not access.may(robin, named("client"), "see")
    assert in_the_database(robin, "client", "see") == set()


def in_the_database(actor: Actor, entity: str, verb: str) -> set[UUID]:
    """The same question asked of the row rules."""
    with db.reading(actor) as session:
        found = session.scalar(sa.text("SELECT backroom.locations(:entity, :verb)"), {"entity": entity, "verb": verb})
        session.rollback()
    return set(found)


# --- when, where, and by whom ----------------------------------------------------------------------------------------

DAYS = [(0, 0, True), (-3, 3, True), (-3, 0, True), (0, 5, True), (-3, -1, False), (1, 5, False)]


@pytest.mark.parametrize(("starts", "ends", "runs"), DAYS)
def test_it_runs_from_its_first_day_to_its_last(cast: Cast, starts: int, ends: int, runs: bool) -> None:
    found, robin = wish(cast), person()
    hand_over(person(("manager", cast.north)), robin, starts, ends)
    robin = again(robin)
    if runs:
        assert decide(robin, found).state == "approved"
        return
    with pytest.raises(NotFound):
        decide(robin, found)
    assert (state(found), states(found)) == ("proposed", ["waiting"])


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Pacific/Pago_Pago"])
def test_its_days_are_those_of_the_place(cast: Cast, zone: str) -> None:
    """Somewhere it is another day already, or still: 25 hours lie between these two."""
    place = records.create(
        SYSTEM, named("location"), {"code": f"Z{uuid4().hex[:8]}", "name": zone, "kind": "store", "time_zone": zone}
    ).id
    there = look("SELECT (now() AT TIME ZONE :zone)::date AS day", zone=zone).day
    manager, robin = person(("manager", place)), person()
    for offset, runs in ((-1, False), (0, True), (1, False)):
        on = str(there + dt.timedelta(days=offset))
        made = records.create(
            manager,
            named("delegation"),
            {"user_id": manager.id, "to_user_id": robin.id, "starts_on": on, "ends_on": on},
        )
        robin = again(robin)
        assert bool(access.locations(robin, named("leave"), "approve")) is runs
        assert in_the_database(robin, "leave", "approve") == ({place} if runs else set())
        records.remove(manager, named("delegation"), made.id, expected_version=made.version)


def test_it_begins_changes_and_ends_without_signing_in_again(cast: Cast, owner: sa.Connection) -> None:
    manager, robin, found = person(("manager", cast.north)), person(), wish(cast)
    made = hand_over(manager, robin)
    assert offered(again(robin), found) == {"approve", "reject"}
    changed = records.change(
        manager, named("delegation"), made.id, {"starts_on": day(1), "ends_on": day(1)}, expected_version=made.version
    )
    assert not access.may(again(robin), named("cash_request"), "see")
    records.change(manager, named("delegation"), made.id, {"starts_on": day(0)}, expected_version=changed.version)
    assert offered(again(robin), found) == {"approve", "reject"}
    owner.execute(sa.text("UPDATE delegations SET ends_on = starts_on, starts_on = starts_on - 1"))
    owner.execute(sa.text("UPDATE delegations SET ends_on = ends_on - 1 WHERE id = :id"), {"id": made.id})
    owner.commit()
    assert not access.may(again(robin), named("cash_request"), "see"), "plain SQL ends it as well"


@pytest.mark.parametrize("lost", ["disabled", "grant", "permission"])
def test_who_may_not_decide_any_more_has_handed_nothing_over(cast: Cast, lost: str) -> None:
    role = records.create(SYSTEM, named("role"), {"name": f"decider {uuid4()}"})
    verbs = {
        verb: records.create(SYSTEM, named("permission"), {"role_id": role.id, "entity": "cash_request", "verb": verb})
        for verb in ("see", "approve")
    }
    away = person()
    grant = records.create(SYSTEM, named("grant"), {"user_id": away.id, "role_id": role.id, "location_id": cast.north})
    away, robin, found = again(away), person(), wish(cast)
    hand_over(away, robin)
    before = again(robin)
    assert offered(before, found) == {"approve"}
    if lost == "disabled":
        version = look("SELECT version FROM users WHERE id = :id", id=away.id).version
        records.change(SYSTEM, named("user"), away.id or "", {"active": False}, expected_version=version)
    elif lost == "grant":
        records.remove(SYSTEM, named("grant"), grant.id, expected_version=grant.version)
    else:
        gone = verbs["approve"]
        records.remove(SYSTEM, named("permission"), gone.id, expected_version=gone.version)
    for actor in (again(robin), before):
        with pytest.raises((NotFound, Forbidden)):
            decide(actor, found)
    assert (state(found), states(found)) == ("proposed", ["waiting"])
    assert in_the_database(robin, "cash_request", "see") == set()


def test_a_disabled_delegate_decides_nothing(cast: Cast) -> None:
    robin = person()
    hand_over(person(("manager", cast.north)), robin)
    robin = again(robin)
    version = look("SELECT version FROM users WHERE id = :id", id=robin.id).version
    records.change(SYSTEM, named("user"), robin.id or "", {"active": False}, expected_version=version)
    with pytest.raises(NotFound):
        decide(robin, wish(cast))


def test_only_the_places_of_the_one_who_is_away_count(cast: Cast) -> None:
    """Robin is a clerk at North who decides for South's manager: what waits at North isn't hers."""
    robin = person(("clerk", cast.north))
    hand_over(person(("manager", cast.south)), robin)
    robin = again(robin)
    with pytest.raises(Forbidden):
        decide(robin, wish(cast))
    with pytest.raises(NotFound):
        decide(robin, wish(cast, "leave"))
    with pytest.raises(OtherSide):
        decide(robin, goods(cast, "transfer"))
    with pytest.raises(OtherSide):
        decide(robin, goods(cast, "stock_request"), "reject")


def test_whoever_may_decide_anyway_decides_in_their_own_name(cast: Cast) -> None:
    hand_over(person(("manager", cast.north)), cast.manager)
    found = wish(cast)
    decide(again(cast.manager), found)
    assert decisions(found)[-1]["on_behalf_of_id"] is None


def test_a_delegation_gives_nothing_more_to_see_of_what_the_person_decides_anyway(cast: Cast) -> None:
    """Somebody's narrower role must not hide from a manager what the manager sees."""
    role = records.create(SYSTEM, named("role"), {"name": f"decider {uuid4()}"})
    for verb in ("see", "approve", "reject"):
        records.create(SYSTEM, named("permission"), {"role_id": role.id, "entity": "adjustment", "verb": verb})
    away = person()
    records.create(SYSTEM, named("grant"), {"user_id": away.id, "role_id": role.id, "location_id": cast.north})
    before = cast.manager.access.profile
    made = hand_over(again(away), cast.manager)
    manager = again(cast.manager)
    assert manager.access.profile == before
    assert "value" in access.visible(manager, named("adjustment"))
    records.remove(SYSTEM, named("delegation"), made.id, expected_version=made.version)


# --- four eyes -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("entity", sorted(WISHES))
@pytest.mark.parametrize("verb", ["approve", "reject"])
def test_nobody_decides_about_their_own_wish_for_somebody_else(cast: Cast, entity: str, verb: str) -> None:
    robin = person()
    hand_over(person(("manager", cast.north)), robin)
    found = wish(cast, entity, robin.id)
    with pytest.raises(YourOwn):
        decide(again(robin), found, verb)
    assert (state(found), states(found)) == ("proposed", ["waiting"])


@pytest.mark.parametrize("entity", sorted(WISHES))
@pytest.mark.parametrize("verb", ["approve", "reject"])
def test_nobody_lets_their_own_wish_be_granted_in_their_name(cast: Cast, entity: str, verb: str) -> None:
    away, robin = person(("manager", cast.north)), person()
    hand_over(away, robin)
    found = wish(cast, entity, away.id)
    with pytest.raises(TheirOwn):
        decide(again(robin), found, verb)
    assert (state(found), states(found)) == ("proposed", ["waiting"])
    hand_over(person(("manager", cast.north)), robin)
    assert decide(again(robin), found, verb), "but in somebody else's"


def test_the_top_is_no_exception_when_somebody_else_decides_for_it(cast: Cast) -> None:
    robin, admin = person(), person(("admin", None))
    hand_over(admin, robin)
    found = wish(cast, "cash_request", admin.id)
    with pytest.raises(TheirOwn):
        decide(again(robin), found)


@pytest.mark.parametrize("hand", ["proposed", "wrote", "edited"])
def test_who_had_a_hand_in_it_doesnt_decide_about_it_for_somebody_else(cast: Cast, hand: str) -> None:
    robin = person(("clerk", cast.north))
    hand_over(person(("manager", cast.north)), robin)
    robin = again(robin)
    tea = product("Tea")
    stock_up(cast.north, tea, 5)
    lines = {"adjustment_line": [{"product_id": tea, "quantity": "-1"}]}
    maker = cast.north_clerk if hand != "wrote" else robin
    found = document(maker, "adjustment", lines, location_id=cast.north, reason_id=reason())
    if hand == "edited":
        line = look("SELECT id, version FROM adjustment_lines WHERE adjustment_id = :id", id=found.id)
        records.change(robin, named("adjustment_line"), line.id, {"quantity": "-5"}, expected_version=line.version)
    take(robin if hand == "proposed" else cast.north_clerk, found, "propose")
    for verb in ("approve", "reject"):
        with pytest.raises(YourOwn):
            decide(robin, found, verb)
    assert (state(found), states(found)) == ("proposed", ["waiting"])
    assert decide(cast.manager, found).state == "posted"


def test_an_order_is_not_approved_by_whoever_wrote_it(cast: Cast) -> None:
    """Nobody asks about an order: it is a draft until it is approved."""
    robin = person(("clerk", cast.north))
    hand_over(person(("manager", cast.north)), robin)
    robin = again(robin)
    supplier = records.create(SYSTEM, named("supplier"), {"name": f"Supplier {uuid4()}"}).id
    lines = {"purchase_order_line": [{"product_id": product("Tea"), "quantity": "2"}]}
    found = document(robin, "purchase_order", lines, location_id=cast.north, supplier_id=supplier)
    with pytest.raises(YourOwn):
        decide(robin, found)
    assert states(found) == []
    theirs = purchase(cast)
    decide(robin, theirs)
    assert decisions(theirs)[-1]["decided_by_id"] == str(robin.id)


def test_what_a_clerk_may_not_book_alone_isnt_booked_because_they_decide_for_somebody(cast: Cast) -> None:
    robin = person(("clerk", cast.north))
    hand_over(person(("manager", cast.north)), robin)
    robin = again(robin)
    tea = product("Tea")
    stock_up(cast.north, tea, 5)
    why = reason(approval_limit="0")
    lines = {"adjustment_line": [{"product_id": tea, "quantity": "-1"}]}
    found = document(robin, "adjustment", lines, location_id=cast.north, reason_id=why)
    assert take(robin, found, "post").state == "proposed"
    assert states(found) == ["waiting"]


# --- handing over ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("who", ["north_clerk", "frontdesk", "viewer", "nobody"])
def test_who_decides_about_nothing_has_nothing_to_hand_over(cast: Cast, who: str) -> None:
    with pytest.raises(Invalid) as refused:
        hand_over(getattr(cast, who), cast.manager)
    assert refused.value.fields == {"user_id": "You decide about nothing that could be handed over."}


@pytest.mark.parametrize("who", ["north_clerk", "manager", "nobody"])
def test_nobody_hands_over_somebody_elses_decisions(cast: Cast, who: str) -> None:
    actor = getattr(cast, who)
    given = {"user_id": cast.admin.id, "to_user_id": actor.id, "starts_on": day(0), "ends_on": day(9)}
    with pytest.raises(Forbidden):
        records.create(actor, named("delegation"), given)


def test_nobody_turns_their_own_delegation_into_somebody_elses(cast: Cast) -> None:
    made = hand_over(cast.manager, cast.nobody, 100, 101)
    with pytest.raises(Forbidden):
        records.change(
            cast.manager, named("delegation"), made.id, {"user_id": cast.admin.id}, expected_version=made.version
        )


def test_an_admin_arranges_it_for_others(cast: Cast) -> None:
    away, robin, found = person(("manager", cast.north)), person(), wish(cast)
    given = {"user_id": away.id, "to_user_id": robin.id, "starts_on": day(0), "ends_on": day(9)}
    records.create(cast.admin, named("delegation"), given)
    decide(again(robin), found)
    assert decisions(found)[-1]["on_behalf_of_id"] == str(away.id)


def test_what_was_handed_over_isnt_handed_on(cast: Cast) -> None:
    robin, kim, found = person(), person(), wish(cast)
    hand_over(person(("manager", cast.north)), robin)
    with pytest.raises(Invalid):
        hand_over(again(robin), kim)
    # Past the form, as plain SQL could: still nothing.
    days = {"starts_on": day(0), "ends_on": day(0)}
    records.create(SYSTEM, named("delegation"), {"user_id": robin.id, "to_user_id": kim.id, **days})
    with pytest.raises(NotFound):
        decide(again(kim), found)
    assert in_the_database(kim, "cash_request", "approve") == set()


def test_what_was_handed_over_isnt_given_away_as_a_grant(cast: Cast) -> None:
    """Whoever manages grants gives what they hold themselves, not what they hold for some days."""
    role = records.create(SYSTEM, named("role"), {"name": f"steward {uuid4()}"})
    for entity in ("grant", "role", "user", "location", "permission"):
        records.create(SYSTEM, named("permission"), {"role_id": role.id, "entity": entity, "verb": "*"})
    steward = person()
    records.create(SYSTEM, named("grant"), {"user_id": steward.id, "role_id": role.id})
    hand_over(person(("admin", None)), steward)
    decider = records.create(SYSTEM, named("role"), {"name": f"decider {uuid4()}"})
    records.create(SYSTEM, named("permission"), {"role_id": decider.id, "entity": "leave", "verb": "approve"})
    with pytest.raises(Forbidden):
        records.create(
            again(steward),
            named("grant"),
            {"user_id": cast.nobody.id, "role_id": decider.id, "location_id": cast.north},
        )


def test_who_leaves_out_the_name_hands_over_their_own(cast: Cast) -> None:
    given = {"to_user_id": cast.nobody.id, "starts_on": day(50), "ends_on": day(51)}
    assert records.create(cast.manager, named("delegation"), given).user_id == cast.manager.id


# --- at once ---------------------------------------------------------------------------------------------------------


def at_the_same_moment(actor: Actor, found: Entity, verb: str, start: threading.Barrier, told: list[str]) -> None:
    start.wait()
    try:
        told.append(decide(actor, found, verb).state)
    except WrongState:
        told.append("told")
    finally:
        db.release()


def test_when_both_decide_at_once_one_of_them_is_told(cast: Cast, database: Database) -> None:
    manager, robin = person(("manager", cast.north)), person()
    hand_over(manager, robin)
    robin = again(robin)
    for verbs in (("approve", "approve"), ("approve", "reject"), ("reject", "approve")):
        found, start = cash(cast, cast.north_clerk.id), threading.Barrier(2)
        told: list[str] = []

        people = [
            threading.Thread(target=at_the_same_moment, args=(actor, found, verb, start, told))
            for actor, verb in zip((manager, robin), verbs, strict=True)
        ]
        for thread in people:
            thread.start()
        for thread in people:
            thread.join(30)
        after = states(found)
        # What was approved may be rejected afterwards: then both were heard, one after the other.
        if "reject" in verbs and len(after) == 2:
            assert after == ["approved", "rejected"]
            assert sorted(told) == ["approved", "rejected"]
        else:
            assert sorted(told) == sorted([after[0], "told"])
            assert after == [state(found)]

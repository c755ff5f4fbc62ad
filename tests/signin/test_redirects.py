"""After signing in one comes back to where one was going, on this site and nowhere else."""

from __future__ import annotations

import pytest

from app.identity import safe_next
from tests.signin.conftest import Browser

ELSEWHERE = [
    "//evil.example",
    "///evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "/\t/evil.example",
    "/\n/evil.example",
    "\t//evil.example",
    " //evil.example",
    "/./\\evil.example",
    "/.//evil.example",
    "/..//evil.example",
    "https:evil.example",
    "https://evil.example/",
    "http:/evil.example",
    "javascript:alert(1)",
    "data:text/html,x",
    "evil.example",
    "@evil.example",
    "/\x00/evil.example",
    "/\uff0fevil.example",
    "/ /evil.example",
    "/" + "a" * 3000,
    "",
]


@pytest.mark.parametrize("target", ELSEWHERE)
def test_an_address_elsewhere_becomes_home(target: str) -> None:
    assert safe_next(target) == "/"


@pytest.mark.parametrize("target", ["/products/", "/products/?q=a%20b&f.0.price.gt=3", "/a//b", "/.well-known/x"])
def test_an_address_of_this_site_is_kept(target: str) -> None:
    assert safe_next(target) == target


@pytest.mark.parametrize("target", ["/sign-in", "/sign-in?next=/x", "/sign-in/"])
def test_signing_in_does_not_lead_back_to_signing_in(target: str) -> None:
    assert safe_next(target) == "/"


@pytest.mark.parametrize("target", [target for target in ELSEWHERE if "\x00" not in target])
def test_a_forged_link_to_the_sign_in_page_stays_here(guest: Browser, target: str) -> None:
    answer = guest.sign_in("viewer@example.com", next=target)
    assert answer.status_code == 303
    assert answer.location == "/"
    assert guest.get("/sign-in", query_string={"next": target}).location == "/"


def test_who_must_sign_in_first_comes_back_after(guest: Browser) -> None:
    sent = guest.get("/account/sessions?a=1")
    assert (sent.status_code, sent.location) == (302, "/sign-in?next=/account/sessions?a%3D1")
    assert guest.sign_in("viewer@example.com", next="/account/sessions?a=1").location == "/account/sessions?a=1"


def test_a_script_is_told_instead_of_sent_away(guest: Browser) -> None:
    answer = guest.get("/account/sessions", headers={"Accept": "application/json"})
    assert answer.status_code == 401
    assert answer.json == {"error": "not_signed_in", "message": "Please sign in first."}

"""Files hang on records: stored once, checked when they come, and served only to whoever sees the record."""

from __future__ import annotations

import io
from collections.abc import Callable

from PIL import Image

from app.core.entity import named
from app.views import paths
from tests.cast import Cast
from tests.screens import forms
from tests.screens.conftest import Make, stored
from tests.web import Browser

brand = named("brand")


def picture(colour: str = "red", kind: str = "PNG") -> io.BytesIO:
    target = io.BytesIO()
    Image.new("RGB", (400, 300), colour).save(target, kind)
    target.seek(0)
    return target


def upload(browser: Browser, id: object, file: io.BytesIO, name: str):  # type: ignore[no-untyped-def]
    sent = forms.read(browser.get(paths.of_form(brand, id)).text)  # type: ignore[arg-type]
    return browser.post(
        paths.of_form(brand, id),
        data=dict(sent.lists()) | {"picture": (file, name)},
        content_type="multipart/form-data",
    )


def test_a_picture_is_kept_shown_and_removed(make: Make, admin: Browser) -> None:
    id = make(brand)
    assert upload(admin, id, picture(), "logo.png").status_code == 303
    place = f"{paths.of_record(brand, id)}/file/picture"
    shown, small = admin.get(place), admin.get(f"{place}?small=1")
    assert (shown.mimetype, small.mimetype) == ("image/png", "image/webp")
    assert shown.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in shown.headers["Content-Security-Policy"]
    assert len(small.data) < len(shown.data) or len(small.data) < 2_000
    sent = forms.read(admin.get(paths.of_form(brand, id)).text)
    assert admin.post(paths.of_form(brand, id), data=sent | {"clear-picture": "1"}).status_code == 303
    assert stored(brand, id).picture is None  # type: ignore[union-attr]
    assert admin.get(place).status_code == 404


def test_the_same_picture_is_kept_once(make: Make, admin: Browser) -> None:
    first, second = make(brand), make(brand)
    upload(admin, first, picture("blue"), "one.png")
    upload(admin, second, picture("blue"), "two.png")
    assert stored(brand, first).picture == stored(brand, second).picture  # type: ignore[union-attr]


def test_what_is_no_picture_is_refused_at_its_field(make: Make, admin: Browser) -> None:
    id = make(brand)
    for content in (b"<svg onload=alert(1)>", b"MZ\x90\x00", b""):
        answer = upload(admin, id, io.BytesIO(content), "logo.png")
        assert answer.status_code == 422
        assert 'href="#brand-picture"' in answer.text
    assert stored(brand, id).picture is None  # type: ignore[union-attr]


def test_an_attachment_is_offered_for_download_never_shown_as_a_page(make: Make, admin: Browser) -> None:
    id = make(brand)
    sent = {"file": (io.BytesIO(b"<script>alert(1)</script>"), "../../evil.html")}
    answer = admin.post(f"{paths.of_record(brand, id)}/attachments", data=sent, content_type="multipart/form-data")
    assert answer.status_code == 303
    page = admin.get(paths.of_record(brand, id)).text
    assert "evil.html" in page
    assert ".." not in page.split("evil.html")[0][-40:]
    link = page.split('<a class="clip" href="')[1].split('"')[0]
    file = admin.get(link)
    assert file.mimetype == "application/octet-stream"
    assert file.headers["Content-Disposition"].startswith("attachment")
    assert file.data == b"<script>alert(1)</script>"


def test_a_file_is_as_hidden_as_its_record(make: Make, cast: Cast, browsers: Callable[[str], Browser]) -> None:
    admin, clerk = browsers("admin"), browsers("north_clerk")
    adjustment = named("adjustment")
    id = make(adjustment, at=cast.south)
    admin.post(
        f"{paths.of_record(adjustment, id)}/attachments",
        data={"file": (io.BytesIO(b"secret"), "a.txt")},
        content_type="multipart/form-data",
    )
    page = admin.get(paths.of_record(adjustment, id)).text
    link = page.split('<a class="clip" href="')[1].split('"')[0]
    assert admin.get(link).data == b"secret"
    assert clerk.get(link).status_code == 404
    sent = {"file": (io.BytesIO(b"x"), "b.txt")}
    assert (
        clerk.post(
            f"{paths.of_record(adjustment, id)}/attachments", data=sent, content_type="multipart/form-data"
        ).status_code
        == 404
    )


def test_a_column_without_a_file_serves_none(make: Make, admin: Browser) -> None:
    id = make(brand)
    for column in ("name", "picture", "nothing", "id"):
        assert admin.get(f"{paths.of_record(brand, id)}/file/{column}").status_code == 404


def test_a_small_file_that_unpacks_to_a_gigabyte_is_never_unpacked(make: Make, admin: Browser) -> None:
    id = make(brand)
    huge = io.BytesIO()
    Image.new("1", (8_000, 8_000)).save(huge, "PNG")
    assert upload(admin, id, io.BytesIO(huge.getvalue()), "logo.png").status_code == 422
    sent = {"file": (io.BytesIO(huge.getvalue()), "bomb.png")}
    admin.post(f"{paths.of_record(brand, id)}/attachments", data=sent, content_type="multipart/form-data")
    link = admin.get(paths.of_record(brand, id)).text.split('<a class="clip" href="')[1].split('"')[0]
    assert admin.get(link).status_code == 200
    assert admin.get(f"{link}?small=1").status_code == 404

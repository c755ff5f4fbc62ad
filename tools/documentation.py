"""Writes those parts of the documentation that follow from the code: settings, commands, the list of entities.

python tools/documentation.py            writes them
python tools/documentation.py --check    says which are out of date
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

import click  # noqa: E402

import app.models  # noqa: E402, F401  fills the registry
from app import cli, config  # noqa: E402
from app.core.entity import class_named, columns_of, entities, label_of  # noqa: E402
from app.core.scope import Via  # noqa: E402
from app.core.screen import AREAS  # noqa: E402

OPERATIONS = ROOT / "docs" / "operations.md"
ENTITIES = ROOT / "docs" / "entities.md"

NO_EFFECT = "*Nothing reads it yet.*"


def settings() -> str:
    """The table of settings."""
    rows = ["| setting | default | meaning |", "|---|---|---|"]
    for line in config.lines():
        default = f"`{line.default}`" if line.default else "–"
        note = "" if is_read(line.name) else f" {NO_EFFECT}"
        rows.append(f"| `{line.name}` | {default} | {_cell(line.meaning)}{note} |")
    return "\n".join(rows)


def is_read(name: str) -> bool:
    """Does anything but the table of settings itself use this one?"""
    field = next(item.name for item in config.fields(config.Settings) if item.metadata["name"] == name)
    used = re.compile(rf"\bsettings\.{field}\b|\b{field}=settings\b")
    sources = [*(ROOT / "app").rglob("*.py"), ROOT / "wsgi.py"]
    property_of = rf"self\.{field}\b"  # a folder inside VAR_DIR is a property of the settings
    derived = re.search(property_of, (ROOT / "app" / "config.py").read_text()) is not None
    texts = (path.read_text() for path in sources if path.name != "config.py")
    return derived or any(used.search(text) or f'["BACKROOM"].{field}' in text for text in texts)


def commands() -> str:
    """Every command of `flask` that is ours, with what it takes."""
    return "\n\n".join(_described(path, command) for path, command in all_commands())


def all_commands() -> Iterator[tuple[str, click.Command]]:
    """(`admin create`, its command) and so on, in order."""

    class Collector:
        def __init__(self) -> None:
            self.cli = click.Group()

    house = Collector()
    cli.init(house)  # type: ignore[arg-type]
    yield from _leaves("", house.cli)


def _leaves(path: str, command: click.Command) -> Iterator[tuple[str, click.Command]]:
    if isinstance(command, click.Group):
        for name, inner in sorted(command.commands.items()):
            yield from _leaves(f"{path} {name}".strip(), inner)
    else:
        yield path, command


def _described(path: str, command: click.Command) -> str:
    takes = [f"<{item.name}>" for item in command.params if isinstance(item, click.Argument)]
    first = " ".join(["flask", path, *takes])
    lines = [f"**`{first}`**: {' '.join((command.help or '').split())}"]
    for item in command.params:
        if isinstance(item, click.Option):
            lines.append(f"- `{', '.join(item.opts)}`: {_sentence(item)}")
    return "\n".join(lines[:1] + (["", *lines[1:]] if lines[1:] else []))


def _sentence(item: click.Option) -> str:
    said = (item.help or "").strip() or "see `--help`."
    return f"{said} Default: `{item.default}`." if item.show_default and item.default is not None else said


def entity_page() -> str:
    """`docs/entities.md`: every entity with its scope and what it is."""
    found = entities()
    parts = [
        "# The entities",
        "",
        "<!-- written by tools/documentation.py -->",
        "",
        f"Backroom knows {len(found)} kinds of record. Each is one class in `app/models/`; its docstring stands here. The",
        "scope says which rows a person sees; [ARCHITECTURE.md](../ARCHITECTURE.md#the-data-side) explains the words.",
        "*By hand* means that people make and change the records on their screens; the others are written by services",
        "or by the database alone.",
    ]
    for area in AREAS:
        rows = [cls for cls in found if cls.screen.area == area]
        if rows:
            parts += [
                "",
                f"## {area}",
                "",
                "| entity | table | scope | by hand | columns | what it is |",
                "|---|---|---|---|---|---|",
            ]
        for cls in rows:
            own = len(columns_of(cls)) - 4  # id, version and two times are everybody's
            by_hand = "yes" if cls.screen.writable else "–"
            said = " ".join((cls.__doc__ or "").split())
            parts.append(
                f"| {label_of(cls)} `{cls.entity}` | `{cls.__tablename__}` | {_scope(cls)} | {by_hand} | {own} | {_cell(said)} |"
            )
    return "\n".join(parts) + "\n"


def _scope(cls: type) -> str:
    scope = cls.scope  # type: ignore[attr-defined]
    if isinstance(scope, Via):
        return f"{'part of' if scope.part else 'via'} {class_named(scope.target).entity}"
    return f"{scope.kind} ({', '.join(scope.columns)})" if scope.columns else str(scope.kind)


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


BLOCKS: dict[str, Callable[[], str]] = {"settings": settings, "commands": commands}
"""What stands in `docs/operations.md` between `<!-- name -->` and `<!-- /name -->`."""


def wanted() -> dict[Path, str]:
    """Each page as the code says it should be."""
    text = OPERATIONS.read_text()
    for name, write in BLOCKS.items():
        pattern = rf"(<!-- {name} -->\n).*?(<!-- /{name} -->)"
        fresh, count = re.subn(
            pattern, lambda found, write=write: f"{found[1]}{write()}\n{found[2]}", text, flags=re.DOTALL
        )  # type: ignore[misc]
        if count != 1:
            raise SystemExit(f"docs/operations.md has no place for {name}: <!-- {name} --> … <!-- /{name} -->")
        text = fresh
    return {OPERATIONS: text, ENTITIES: entity_page()}


def out_of_date() -> list[str]:
    """The pages that differ from the code."""
    return [
        path.relative_to(ROOT).as_posix()
        for path, text in wanted().items()
        if not path.exists() or path.read_text() != text
    ]


def main() -> int:
    """Write, or check."""
    if "--check" in sys.argv[1:]:
        stale = out_of_date()
        print("\n".join(f"{path} is out of date: run python tools/documentation.py" for path in stale) or "up to date")
        return bool(stale)
    for path, text in wanted().items():
        path.write_text(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""Every setting of Backroom: its name, its default and what it means. Nothing else reads the environment.

A setting is an environment variable of the name given here, or a line of the file `.env`; the environment wins.

    python -m app.config > .env.example      after a change to the table
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import MISSING, dataclass, field, fields
from pathlib import Path
from typing import Any, Literal
from urllib.parse import parse_qsl, quote, unquote, urlsplit

from dotenv import dotenv_values

ROOT = Path(__file__).resolve().parent.parent

AsyncMode = Literal["eventlet", "threading"]
LogFormat = Literal["console", "json"]


class BadSetting(Exception):
    """A setting has a value that can't be meant; the message names it and what would be right."""


def text(raw: str) -> str:
    """Any text."""
    return raw


def path(raw: str) -> Path:
    """A path; a relative one starts at the project's folder."""
    return (ROOT / Path(raw).expanduser()).absolute()


def flag(raw: str) -> bool:
    """yes or no."""
    words = {"1": True, "true": True, "yes": True, "on": True, "0": False, "false": False, "no": False, "off": False}
    if raw.lower() not in words:
        raise ValueError("yes or no")
    return words[raw.lower()]


def number(lowest: int, highest: int) -> Callable[[str], int]:
    """A whole number between the two."""

    def parse(raw: str) -> int:
        if not raw.isascii() or not raw.isdigit() or not lowest <= int(raw) <= highest:
            raise ValueError(f"a whole number from {lowest} to {highest}")
        return int(raw)

    return parse


def seconds(lowest: float, highest: float) -> Callable[[str], float]:
    """A number of seconds between the two."""

    def parse(raw: str) -> float:
        try:
            value = float(raw)
        except ValueError:
            value = float("nan")
        if not lowest <= value <= highest:
            raise ValueError(f"a number of seconds from {lowest:g} to {highest:g}")
        return value

    return parse


def one_of(*words: str) -> Callable[[str], str]:
    """One of these words."""

    def parse(raw: str) -> str:
        if raw not in words:
            raise ValueError("one of " + ", ".join(words))
        return raw

    return parse


def currency(raw: str) -> str:
    """A currency code of ISO 4217."""
    if len(raw) != 3 or not raw.isascii() or not raw.isalpha():
        raise ValueError("a currency code of three letters, like EUR")
    return raw.upper()


def secret(raw: str) -> str:
    """A secret long enough that nobody guesses it."""
    if len(raw) < 32:
        raise ValueError("at least 32 characters, for example from `openssl rand -hex 32`")
    return raw


# libpq knows these words in a URL (PostgreSQL 18, section 32.1.2); other tools add words of their own.
_LIBPQ_WORDS = """
    host hostaddr port dbname user password passfile require_auth channel_binding connect_timeout client_encoding
    options application_name fallback_application_name keepalives keepalives_idle keepalives_interval keepalives_count
    tcp_user_timeout replication gssencmode sslmode sslnegotiation sslcompression sslcert sslkey sslkeylogfile
    sslpassword sslcertmode sslrootcert sslcrl sslcrldir sslsni requirepeer ssl_min_protocol_version
    ssl_max_protocol_version krbsrvname gsslib gssdelegation scram_client_key scram_server_key
    min_protocol_version max_protocol_version
    service target_session_attrs load_balance_hosts oauth_issuer oauth_client_id oauth_client_secret oauth_scope
"""
LIBPQ_WORDS = frozenset(_LIBPQ_WORDS.split())


def postgres_url(raw: str) -> str:
    """The address of a PostgreSQL database as SQLAlchemy wants it, from any of the usual spellings.

    `postgres://`, `postgresql://` and `postgresql+driver://` all become `postgresql+psycopg://`. Words that libpq
    doesn't know (`connection_limit`, `pool_timeout`, `pgbouncer` …) are left out; `schema` becomes a search path.
    """
    parts = urlsplit(raw)
    if parts.scheme.partition("+")[0] not in ("postgres", "postgresql"):
        raise ValueError("the address of a PostgreSQL database, like postgresql://user:password@host:5432/name")
    words = dict(parse_qsl(parts.query, keep_blank_values=True))
    if not unquote(parts.path.strip("/")) and not words.get("dbname"):
        raise ValueError("an address that names the database, like postgresql://user:password@host:5432/name")
    kept = {name: value for name, value in words.items() if name in LIBPQ_WORDS}
    if words.get("schema"):
        path_option = f"-csearch_path={words['schema']}"
        kept["options"] = f"{kept['options']} {path_option}" if kept.get("options") else path_option
    query = "&".join(f"{name}={quote(value, safe='')}" for name, value in kept.items())
    return f"postgresql+psycopg://{parts.netloc}/{parts.path.lstrip('/')}" + (f"?{query}" if query else "")


def setting(name: str, meaning: str, default: Any, parse: Callable[[str], Any] = text) -> Any:
    """A line of the table below. A default of None means that the setting may be left out."""
    private = parse in (postgres_url, secret)
    return field(default=default, repr=not private, metadata={"name": name, "meaning": meaning, "parse": parse})


@dataclass(frozen=True)
class Settings:
    """All settings, with their defaults."""

    # Database
    database_url: str | None = setting(
        "DATABASE_URL",
        "PostgreSQL 15 or newer that the web process uses. Without it, an embedded PostgreSQL runs in VAR_DIR.",
        None,
        postgres_url,
    )
    direct_database_url: str | None = setting(
        "DIRECT_DATABASE_URL",
        "The same database for migrations, jobs and LISTEN: as its owner and past any connection pooler. "
        "Without it, DATABASE_URL serves for both.",
        None,
        postgres_url,
    )
    database_pool: int = setting("DATABASE_POOL", "Database connections per web process, at most.", 15, number(2, 200))

    # Server
    host: str = setting("HOST", "Address to listen on; 0.0.0.0 for all.", "127.0.0.1")
    port: int = setting("PORT", "Port to listen on.", 8000, number(1, 65535))
    async_mode: AsyncMode = setting(
        "ASYNC_MODE", "How requests and sockets run at once.", "eventlet", one_of("eventlet", "threading")
    )
    web_processes: int = setting(
        "WEB_PROCESSES", "Web processes on the one port; more than one needs Linux.", 1, number(1, 32)
    )
    trusted_proxies: int = setting(
        "TRUSTED_PROXIES", "How many proxies in front may say who the client is (X-Forwarded-*).", 0, number(0, 5)
    )
    cookie_secure: bool = setting(
        "COOKIE_SECURE", "Send the session cookie over HTTPS only. Switch it on behind HTTPS.", False, flag
    )
    allowed_origins: str | None = setting(
        "ALLOWED_ORIGINS", "Other origins that may open a live connection, with commas between.", None
    )

    # Secrets and files
    secret_key: str | None = setting(
        "SECRET_KEY", "Signs cookies and links. Without it, one is made and kept in VAR_DIR.", None, secret
    )
    var_dir: Path = setting(
        "VAR_DIR", "Folder for the embedded database, secrets and uploads; owner-only.", ROOT / "var", path
    )
    upload_max_mb: int = setting("UPLOAD_MAX_MB", "Largest upload, in megabytes.", 20, number(1, 1000))
    sample_data: Path = setting(
        "BACKROOM_SAMPLE_DATA",
        "Folder with sample databases for `flask seed` and tests.",
        ROOT.parent / "shared" / "data",
        path,
    )

    # Signing in
    session_hours: int = setting(
        "SESSION_HOURS", "Hours without use after which a person signs in again.", 12, number(1, 8760)
    )
    sign_in_per_minute: int = setting(
        "SIGN_IN_PER_MINUTE", "Sign-in attempts per minute from one address.", 10, number(1, 10_000)
    )
    sign_in_tries: int = setting(
        "SIGN_IN_TRIES", "Wrong passwords in a row after which a login is locked.", 8, number(2, 1000)
    )
    lock_out_minutes: int = setting("LOCK_OUT_MINUTES", "Minutes that a locked login waits.", 15, number(1, 1440))
    link_hours: int = setting("LINK_HOURS", "Hours that a link for a first or new password works.", 48, number(1, 720))
    requests_per_minute: int = setting(
        "REQUESTS_PER_MINUTE", "Requests per minute of one person or address, at most.", 1200, number(10, 1_000_000)
    )

    # Live updates and history
    poll_seconds: float = setting(
        "POLL_SECONDS", "How often a page asks for changes where websockets are blocked.", 5.0, seconds(0.2, 3600)
    )
    change_feed_hours: int = setting(
        "CHANGE_FEED_HOURS", "How long a page may be away and still catch up, in hours.", 24, number(1, 8760)
    )
    history_days: int = setting(
        "HISTORY_DAYS", "How long the history of every record is kept, in days.", 365, number(1, 36_500)
    )

    # Scheduled work
    verify_seconds: float = setting(
        "VERIFY_SECONDS",
        "How often every stock level is compared with its moves, in seconds.",
        60.0,
        seconds(1, 86_400),
    )
    overdue_seconds: float = setting(
        "OVERDUE_SECONDS",
        "How often transfers that should have arrived become exceptions to resolve, in seconds.",
        600.0,
        seconds(1, 86_400),
    )
    release_seconds: float = setting(
        "RELEASE_SECONDS",
        "How often goods that were held long enough become free for others, in seconds.",
        60.0,
        seconds(1, 86_400),
    )

    # The business
    currency: str = setting("CURRENCY", "Currency of all amounts.", "EUR", currency)

    # Insight
    log_format: LogFormat = setting(
        "LOG_FORMAT", "Logs for people or for machines.", "console", one_of("console", "json")
    )
    sentry_dsn: str | None = setting("SENTRY_DSN", "Where to report errors to Sentry; off without it.", None)
    metrics_token: str | None = setting(
        "METRICS_TOKEN", "Bearer token for /metrics; without it only this machine may read them.", None
    )

    @property
    def pooled(self) -> bool:
        """Whether DATABASE_URL leads to another server than DIRECT_DATABASE_URL: to a pooler in front of it."""
        if not self.database_url or not self.direct_database_url:
            return False
        runtime, direct = urlsplit(self.database_url), urlsplit(self.direct_database_url)
        return (runtime.hostname, runtime.port or 5432) != (direct.hostname, direct.port or 5432)

    @property
    def secrets_dir(self) -> Path:
        """Where generated secrets are kept."""
        return self.var_dir / "secrets"

    @property
    def uploads_dir(self) -> Path:
        """Where attached files are kept."""
        return self.var_dir / "uploads"

    @property
    def embedded_dir(self) -> Path:
        """Where the embedded database lives."""
        return self.var_dir / "pg"


@dataclass(frozen=True)
class Line:
    """One setting as the documentation shows it."""

    name: str
    default: str
    meaning: str


def load(environment: Mapping[str, str] | None = None, *, dotenv: Path | None = ROOT / ".env") -> Settings:
    """The settings of this installation.

    environment  instead of the process' own
    dotenv       a file with lines NAME=value; may be missing
    Raises BadSetting, naming every wrong one.
    """
    written = dotenv_values(dotenv) if dotenv is not None and dotenv.exists() else {}
    given = {**written, **(os.environ if environment is None else environment)}
    values: dict[str, Any] = {}
    wrong = []
    for item in fields(Settings):
        raw = (given.get(item.metadata["name"]) or "").strip()
        if not raw:  # an empty variable is the usual way of leaving one out
            continue
        try:
            values[item.name] = item.metadata["parse"](raw)
        except ValueError as reason:
            # The value may hold a password: don't repeat it.
            wrong.append(f"{item.metadata['name']} must be {reason}")
    if values.get("direct_database_url") and not values.get("database_url"):
        wrong.append("DIRECT_DATABASE_URL needs DATABASE_URL beside it")
    if wrong:
        raise BadSetting("; ".join(wrong))
    return Settings(**values)


def lines() -> list[Line]:
    """Every setting in order, for the documentation and `.env.example`."""
    return [Line(item.metadata["name"], _shown(item.default), item.metadata["meaning"]) for item in fields(Settings)]


def example() -> str:
    """The contents of `.env.example`."""
    top = "# Every setting with its default. Copy this file to .env and change what you need; the environment wins.\n"
    return top + "".join(f"\n# {line.meaning}\n#{line.name}={line.default}\n" for line in lines())


def _shown(default: Any) -> str:
    if default is None or default is MISSING:
        return ""
    if isinstance(default, bool):
        return "yes" if default else "no"
    if isinstance(default, Path):
        return os.path.relpath(default, ROOT)
    return f"{default:g}" if isinstance(default, float) else str(default)


if __name__ == "__main__":
    print(example(), end="")

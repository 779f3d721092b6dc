"""A relational database: SQLite by default, PostgreSQL in production (SQLAlchemy, psycopg)."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dagster import ConfigurableResource
from pydantic import Field, PrivateAttr

from shared_resources.errors import SettingError
from shared_resources.settings import secret, setting

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import URL, Connection, Engine, MetaData


class SqlDatabase(ConfigurableResource[None]):
    """One database. Bulk changes go through `shared_resources.reconcile`.

    A connection lives as long as its transaction: a job has few of them, and a pool would have to
    be closed by everyone who asks for an engine.
    """

    url: str = Field(
        default="",
        description="`sqlite:///FILE` or `postgresql://USER@HOST:PORT/DATABASE`, without password. "
        "Empty: the environment variable DATABASE_URL, else the file .local/database.sqlite.",
    )
    password_variable: str = Field(
        default="DATABASE_PASSWORD",
        description="Environment variable of the password. Empty: the server asks for none.",
    )
    connect_seconds: int = Field(default=10, gt=0, description="Limit of connecting.")
    lock_seconds: int = Field(
        default=60, gt=0, description="How long to wait for another writer before giving up."
    )

    _opened: Any = PrivateAttr(default=None)

    @contextmanager
    def transaction(self, *, rollback: bool = False) -> Iterator[Connection]:
        """Yield a connection in a write transaction: all of it lands, or nothing.

        With `rollback`, nothing lands either way: a rehearsal over the real tables.
        """
        with self.engine().connect() as connection:
            yield connection
            if rollback:
                connection.rollback()
            else:
                connection.commit()

    def create_tables(self, tables: MetaData) -> None:
        """Create the tables that are not there; safe when several runs do it at once."""
        from sqlalchemy import text

        with self.transaction() as connection:
            if connection.dialect.name == "postgresql":
                # CREATE TABLE IF NOT EXISTS is not safe against itself in PostgreSQL.
                connection.execute(text("SELECT pg_advisory_xact_lock(hashtext('create_tables'))"))
            tables.create_all(connection)

    def engine(self) -> Engine:
        """Return the engine, made at the first use.

        Raises SettingError for an address that cannot be used, MissingSecretError without password.
        """
        if self._opened is None:
            self._opened = self._open()
        engine: Engine = self._opened
        return engine

    @property
    def is_embedded(self) -> bool:
        """Whether this is a file of this machine and not a database that others share."""
        return self._address().startswith("sqlite:")

    def _address(self) -> str:
        return setting(self.url, "DATABASE_URL", "sqlite:///.local/database.sqlite")

    def _open(self) -> Engine:
        from sqlalchemy import make_url
        from sqlalchemy.exc import ArgumentError

        try:
            url = make_url(self._address())
        except (ArgumentError, ValueError):
            message = "the address of the database cannot be read"  # it may hold a password
            raise SettingError(message, hint="postgresql://USER@HOST:PORT/DATABASE") from None
        if self.url and url.password:
            message = "the configured address of the database carries a password"
            raise SettingError(message, hint="name the password's variable in password_variable")
        match url.get_backend_name():
            case "sqlite":
                return _sqlite(url, self.lock_seconds)
            case "postgresql":
                return self._postgresql(url)
            case other:
                message = f"{other} is no database this resource knows"
                raise SettingError(message, hint="sqlite or postgresql")

    def _postgresql(self, url: URL) -> Engine:
        from sqlalchemy import NullPool, create_engine

        if url.password is None and self.password_variable:
            url = url.set(password=secret(self.password_variable, "password of the database"))
        return create_engine(
            url.set(drivername="postgresql+psycopg"),
            connect_args={
                "connect_timeout": self.connect_seconds,
                "options": f"-c lock_timeout={self.lock_seconds}s -c timezone=UTC",
            },
            poolclass=NullPool,
            hide_parameters=True,  # error texts never show a row
        )


def _sqlite(url: URL, lock_seconds: int) -> Engine:
    from sqlalchemy import NullPool, create_engine, event

    if url.database in (None, "", ":memory:"):
        raise SettingError("the address of the database names no file", hint="sqlite:///FILE")
    Path(str(url.database)).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(
        url, connect_args={"timeout": lock_seconds}, poolclass=NullPool, hide_parameters=True
    )

    # The driver starts transactions by itself and too late; the recipe of SQLAlchemy's
    # documentation ("Serializable isolation") with IMMEDIATE, since every transaction here writes.
    @event.listens_for(engine, "connect")
    def _connect(connection: Any, _record: object) -> None:  # noqa: ANN401
        connection.isolation_level = None
        connection.execute("PRAGMA foreign_keys = ON")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    return engine

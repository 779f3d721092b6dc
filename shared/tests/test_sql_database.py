"""The contract of `sql_database` and `reconcile`, on SQLite and on a real PostgreSQL."""

import sqlite3
import threading
from collections.abc import Sequence

import pytest
from psycopg.errors import UniqueViolation
from sqlalchemy import Column, Integer, MetaData, String, Table, func, insert, select
from sqlalchemy.exc import DBAPIError, IntegrityError

from shared_resources.errors import MassDeleteError, MissingSecretError, SettingError
from shared_resources.reconcile import Changes, Target, reconcile
from shared_resources.sql_database import SqlDatabase
from shared_resources.testing.servers import PostgresServer

METADATA = MetaData()
ITEM = Table(
    "item",
    METADATA,
    Column("site", String, primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("quantity", Integer, nullable=False),
    Column("order", String),  # a reserved word, and nullable
)
ITEM_LOG = Table(
    "item_log",
    METADATA,
    Column("change_id", Integer, primary_key=True, autoincrement=True),
    Column("run_id", String, nullable=False),
    Column("action", String, nullable=False),
    Column("site", String, nullable=False),
    Column("number", Integer, nullable=False),
    Column("quantity_before", Integer),
    Column("quantity_after", Integer),
)
TARGET = Target(ITEM, ITEM_LOG, tracked=("quantity",))
FIRST = [("a", 1, 10, None), ("a", 2, 20, "x"), ("b", 1, 30, "ü'\"\\\t\n;--")]


def run(database: SqlDatabase, rows: Sequence[Sequence[object]], **options: object) -> Changes:
    database.create_tables(METADATA)
    with database.transaction() as connection:
        return reconcile(connection, TARGET, rows, stamp={"run_id": "r"}, **options)  # type: ignore[arg-type]


def rows_of(database: SqlDatabase) -> list[tuple[object, ...]]:
    with database.transaction() as connection:
        return [tuple(row) for row in connection.execute(select(ITEM).order_by(*ITEM.primary_key))]


def log_of(database: SqlDatabase) -> list[tuple[object, ...]]:
    with database.transaction() as connection:
        columns = [column for column in ITEM_LOG.columns if column.name != "change_id"]
        return [
            tuple(r) for r in connection.execute(select(*columns).order_by(ITEM_LOG.c.change_id))
        ]


def test_first_extract_inserts_everything_and_logs_it(database: SqlDatabase) -> None:
    assert run(database, FIRST) == Changes(inserted=3, updated=0, deleted=0, unchanged=0, kept=0)
    assert rows_of(database) == FIRST
    assert log_of(database) == [
        ("r", "insert", "a", 1, None, 10),
        ("r", "insert", "a", 2, None, 20),
        ("r", "insert", "b", 1, None, 30),
    ]


def test_second_run_changes_nothing(database: SqlDatabase) -> None:
    run(database, FIRST)
    assert run(database, FIRST) == Changes(0, 0, 0, unchanged=3, kept=0)
    assert len(log_of(database)) == 3


def test_changed_source_reconciles_to_exactly_its_differences(database: SqlDatabase) -> None:
    run(database, FIRST)
    changed = [("a", 1, 10, None), ("b", 1, 31, None), ("c", 9, 0, "")]
    assert run(database, changed) == Changes(1, 1, 1, unchanged=1, kept=0)
    assert rows_of(database) == changed
    assert log_of(database)[3:] == [
        ("r", "delete", "a", 2, 20, None),
        ("r", "update", "b", 1, 30, 31),
        ("r", "insert", "c", 9, None, 0),
    ]


def test_null_and_empty_text_are_different(database: SqlDatabase) -> None:
    run(database, [("a", 1, 1, None)])
    assert run(database, [("a", 1, 1, "")]).updated == 1
    assert run(database, [("a", 1, 1, None)]).updated == 1
    assert rows_of(database) == [("a", 1, 1, None)]


def test_spared_keys_stay(database: SqlDatabase) -> None:
    run(database, FIRST)
    changes = run(database, FIRST[:1], spared_keys=[("b", 1), ("nowhere", 0)])
    assert changes == Changes(0, 0, deleted=1, unchanged=1, kept=1)
    assert rows_of(database) == [FIRST[0], FIRST[2]]


def test_without_delete_missing_everything_stays(database: SqlDatabase) -> None:
    run(database, FIRST)
    changes = run(database, [], delete_missing=False)
    assert changes == Changes(0, 0, 0, unchanged=0, kept=3)
    assert rows_of(database) == FIRST


def test_mass_delete_is_stopped_before_it_happens(database: SqlDatabase) -> None:
    run(database, FIRST)
    with pytest.raises(MassDeleteError, match="2 of 3 rows of item would be deleted"):
        run(database, [("a", 1, 99, None)], max_delete_fraction=0.5)
    assert rows_of(database) == FIRST
    assert len(log_of(database)) == 3
    assert run(database, FIRST[:2], max_delete_fraction=0.5).deleted == 1


def test_empty_extract_into_empty_table_is_nothing(database: SqlDatabase) -> None:
    assert run(database, [], max_delete_fraction=0) == Changes(0, 0, 0, 0, 0)


def test_error_in_the_transaction_leaves_nothing(database: SqlDatabase) -> None:
    database.create_tables(METADATA)
    with pytest.raises(ZeroDivisionError), database.transaction() as connection:
        reconcile(connection, TARGET, FIRST, stamp={"run_id": "r"})
        raise ZeroDivisionError
    assert rows_of(database) == []
    assert run(database, FIRST).inserted == 3


def test_rehearsal_lands_nothing(database: SqlDatabase) -> None:
    database.create_tables(METADATA)
    with database.transaction(rollback=True) as connection:
        assert reconcile(connection, TARGET, FIRST, stamp={"run_id": "r"}).inserted == 3
    assert (rows_of(database), log_of(database)) == ([], [])


def test_duplicate_key_in_an_extract_changes_nothing(database: SqlDatabase) -> None:
    run(database, FIRST)
    with pytest.raises((IntegrityError, UniqueViolation, sqlite3.IntegrityError)):
        run(database, [*FIRST, ("new", 1, 1, None), ("new", 1, 2, None)])
    assert rows_of(database) == FIRST


def test_concurrent_reconciliations_do_not_mix(database: SqlDatabase) -> None:
    database.create_tables(METADATA)
    extracts = [[(f"s{n}", number, n, None) for number in range(50)] for n in range(4)]
    errors: list[Exception] = []

    def work(rows: list[tuple[str, int, int, None]]) -> None:
        try:
            run(database, rows)
        except Exception as error:  # noqa: BLE001 - reported by the assertion below
            errors.append(error)

    threads = [threading.Thread(target=work, args=(rows,)) for rows in extracts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert rows_of(database) in extracts
    with database.transaction() as connection:
        net = select(ITEM_LOG.c.action, func.count()).group_by(ITEM_LOG.c.action)
        counts = {action: count for action, count in connection.execute(net)}  # noqa: C416
    assert counts == {"insert": 200, "delete": 150}


def test_tables_created_by_several_at_once(database: SqlDatabase) -> None:
    threads = [threading.Thread(target=database.create_tables, args=(METADATA,)) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert rows_of(database) == []


@pytest.mark.usefixtures("clean_environment")
def test_default_is_a_file_below_the_working_directory() -> None:
    database = SqlDatabase()
    run(database, FIRST)
    assert database.is_embedded
    assert rows_of(SqlDatabase(url="sqlite:///.local/database.sqlite")) == FIRST


@pytest.mark.parametrize(
    "url",
    # pragma: allowlist nextline secret
    ["sqlite://", "mysql://h/x", "postgresql://u:canary@h/x", "no address", "postgresql://h:port/"],
)
@pytest.mark.usefixtures("clean_environment")
def test_configured_address_that_cannot_be_used_is_a_setting_error(url: str) -> None:
    with pytest.raises(SettingError, match="hint: ") as caught:
        SqlDatabase(url=url).engine()
    assert "canary" not in str(caught.value)


def test_address_of_the_environment_may_hold_a_password_and_never_shows_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # pragma: allowlist nextline secret
    monkeypatch.setenv("DATABASE_URL", "postgresql://u:canary@127.0.0.1:9/x")
    database = SqlDatabase()
    with pytest.raises(DBAPIError) as caught:
        database.create_tables(METADATA)
    # pragma: allowlist nextline secret
    monkeypatch.setenv("DATABASE_URL", "postgresql://u:canary@127.0.0.1:port/x")
    with pytest.raises(SettingError) as unreadable:
        SqlDatabase().engine()
    assert "canary" not in f"{caught.value} {database!r} {database.engine()!r} {unreadable.value}"


def test_missing_password_is_told_at_use(
    postgresql_database: SqlDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DATABASE_PASSWORD")
    database = SqlDatabase(url=postgresql_database.url)
    with pytest.raises(MissingSecretError, match="DATABASE_PASSWORD is not set"):
        database.engine()


def test_wrong_password_and_failing_row_show_neither(
    postgresql_database: SqlDatabase,
    postgresql_server: PostgresServer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    postgresql_database.create_tables(METADATA)
    with pytest.raises(DBAPIError) as bad_row, postgresql_database.transaction() as connection:
        connection.execute(insert(ITEM), [{"site": "canary-row", "number": 1, "quantity": None}])
    monkeypatch.setenv("DATABASE_PASSWORD", "canary-wrong")
    wrong = SqlDatabase(url=postgresql_database.url)
    with pytest.raises(DBAPIError, match="password authentication failed") as refused:
        wrong.create_tables(METADATA)
    shown = f"{refused.value} {wrong!r} {wrong.engine()!r} {postgresql_database.engine().url}"
    assert "canary-wrong" not in shown
    assert postgresql_server.password not in shown
    assert "[SQL parameters hidden due to hide_parameters=True]" in str(bad_row.value)

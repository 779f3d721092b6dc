"""How much faster COPY and MERGE are than SQLAlchemy's executemany, on a real PostgreSQL.

    uv run python tests/benchmarks/sql_database.py [ROWS]

Both bring a table to the state of the same rows and log what they wrote: a first run into the empty
table, then the same rows again, which changes nothing. executemany is told that, and only upserts;
`reconcile` has to find it out. The figures to trust are the ratios: both sides run in turn.
"""

import os
import statistics
import sys
import time
from collections.abc import Callable

from sqlalchemy import BigInteger, Column, MetaData, String, Table, text
from sqlalchemy.dialects.postgresql import Insert, insert

from shared_resources.reconcile import Target, reconcile
from shared_resources.sql_database import SqlDatabase
from shared_resources.testing.servers import PostgresServer, postgresql

ROUNDS = 3
METADATA = MetaData()


KEYS = ("product_id", "location_id")


def _tables(prefix: str) -> tuple[Table, Table]:
    table = Table(
        f"{prefix}_inventory",
        METADATA,
        *(Column(name, String, primary_key=name in KEYS) for name in (*KEYS, "shelf", "gtin")),
        Column("quantity", BigInteger, nullable=False),
    )
    log = Table(
        f"{prefix}_change",
        METADATA,
        Column("change_id", BigInteger, primary_key=True),
        *(Column(name, String) for name in ("run_id", "action", *KEYS)),
        Column("quantity_before", BigInteger),
        Column("quantity_after", BigInteger),
    )
    return table, log


OURS, OUR_LOG = _tables("reconcile")
THEIRS, THEIR_LOG = _tables("executemany")
TARGET = Target(OURS, OUR_LOG, tracked=("quantity",))


def main() -> None:
    """Print a table of seconds and ratios."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    rows = [
        (f"product-{n // 4}", f"place-{n % 4}", f"S{n % 9}", f"{n:013d}", n % 500)
        for n in range(count)
    ]
    with postgresql() as server:
        os.environ["DATABASE_PASSWORD"] = server.password
        seconds = _measure(server, rows)
    print(f"{count} rows, median of {ROUNDS}; seconds")
    print(f"{'':<14}{'reconcile':>12}{'executemany':>14}{'ratio':>8}")
    for name, (ours, theirs) in seconds.items():
        print(f"{name:<14}{ours:>12.2f}{theirs:>14.2f}{theirs / ours:>8.1f}")


def _measure(
    server: PostgresServer, rows: list[tuple[str, str, str, str, int]]
) -> dict[str, tuple[float, float]]:
    database = SqlDatabase(url=server.url("postgres"))
    database.create_tables(METADATA)
    times: dict[str, list[tuple[float, float]]] = {"first run": [], "unchanged run": []}
    for _ in range(ROUNDS):
        with database.transaction() as connection:
            for table in METADATA.tables:
                connection.execute(text(f"TRUNCATE {table}"))
        for name, pairs in times.items():
            theirs = _insert_and_log if name == "first run" else _upsert
            pairs.append((_timed(_reconcile, database, rows), _timed(theirs, database, rows)))
    return {
        name: (statistics.median(a for a, _ in pairs), statistics.median(b for _, b in pairs))
        for name, pairs in times.items()
    }


Rows = list[tuple[str, str, str, str, int]]


def _timed(write: Callable[[SqlDatabase, Rows], None], database: SqlDatabase, rows: Rows) -> float:
    started = time.perf_counter()
    write(database, rows)
    return time.perf_counter() - started


def _reconcile(database: SqlDatabase, rows: Rows) -> None:
    with database.transaction() as connection:
        reconcile(connection, TARGET, rows, stamp={"run_id": "benchmark"})


def _insert_and_log(database: SqlDatabase, rows: Rows) -> None:
    log = [
        {"run_id": "benchmark", "action": "insert", "product_id": row[0], "location_id": row[1],
         "quantity_before": None, "quantity_after": row[4]}
        for row in rows
    ]  # fmt: skip
    with database.transaction() as connection:
        connection.execute(*_upsert_of(rows))
        connection.execute(insert(THEIR_LOG), log)


def _upsert(database: SqlDatabase, rows: Rows) -> None:
    with database.transaction() as connection:
        connection.execute(*_upsert_of(rows))


def _upsert_of(rows: Rows) -> tuple[Insert, list[dict[str, object]]]:
    names = [column.name for column in THEIRS.columns]
    statement = insert(THEIRS)
    values = {name: statement.excluded[name] for name in names if name not in KEYS}
    upsert = statement.on_conflict_do_update(index_elements=KEYS, set_=values)
    return upsert, [dict(zip(names, row, strict=True)) for row in rows]


if __name__ == "__main__":
    main()

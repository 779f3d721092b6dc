"""How much client CPU object storage needs beside boto3, on a real S3.

    uv run python tests/benchmarks/object_storage.py [OBJECTS]

Each side writes, lists and reads the same objects of 10 KiB; both are warm, and run in turn.
"""

import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import boto3

from shared_resources.object_storage import ObjectStorage
from shared_resources.testing.servers import S3Server, seaweedfs

ROUNDS = 3
DATA = os.urandom(10 * 1024)


def main() -> None:
    """Print a table of CPU seconds (user and system, of this process) and the ratio."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 300
    with tempfile.TemporaryDirectory() as folder, seaweedfs(Path(folder)) as server:
        ours, theirs = _obstore(server, count), _boto3(server, count)
        ours("warm"), theirs("warm")
        pairs = [(_cpu(ours, str(n)), _cpu(theirs, str(n))) for n in range(ROUNDS)]
    mine, other = (statistics.median(side) for side in zip(*pairs, strict=True))
    print(f"{count} objects of 10 KiB written, listed and read; median of {ROUNDS}; CPU seconds")
    print(f"{'object_storage':>16}{'boto3':>10}{'ratio':>8}")
    print(f"{mine:>16.3f}{other:>10.3f}{other / mine:>8.1f}")


def _cpu(work: Callable[[str], None], name: str) -> float:
    started = time.process_time()
    work(name)
    return time.process_time() - started


def _obstore(server: S3Server, count: int) -> Callable[[str], None]:
    os.environ["OBJECT_STORAGE_ACCESS_KEY_ID"] = server.access_key_id
    os.environ["OBJECT_STORAGE_SECRET_ACCESS_KEY"] = server.secret_access_key
    storage = ObjectStorage(url=f"s3://{server.bucket}/ours", endpoint=server.endpoint)

    def work(name: str) -> None:
        for number in range(count):
            storage.write(f"{name}/{number:05d}", DATA)
        for entry in storage.list_objects(name):
            assert storage.read(entry.key) == DATA

    return work


def _boto3(server: S3Server, count: int) -> Callable[[str], None]:
    client = boto3.client(
        "s3",
        endpoint_url=server.endpoint,
        aws_access_key_id=server.access_key_id,
        aws_secret_access_key=server.secret_access_key,
        region_name="us-east-1",
    )

    def work(name: str) -> None:
        for number in range(count):
            client.put_object(Bucket=server.bucket, Key=f"theirs/{name}/{number:05d}", Body=DATA)
        pages = client.get_paginator("list_objects_v2")
        for page in pages.paginate(Bucket=server.bucket, Prefix=f"theirs/{name}/"):
            for entry in page["Contents"]:
                found = client.get_object(Bucket=server.bucket, Key=entry["Key"])["Body"].read()
                assert found == DATA

    return work


if __name__ == "__main__":
    main()

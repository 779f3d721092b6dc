"""Ask a code server whether it serves, at a fraction of what dagster's own checker costs.

    python -m shared_resources.grpc_health [HOST:PORT] [SECONDS]

Ends with 0 if the server says SERVING, else with 1 and the reason. It speaks the standard health
protocol of gRPC, which dagster's servers answer under the name DagsterApi, and imports no dagster:
a probe runs every few seconds, for as long as a location lives.
"""

import sys

import grpc
from grpc_health.v1.health_pb2 import HealthCheckRequest, HealthCheckResponse
from grpc_health.v1.health_pb2_grpc import HealthStub

SERVICE = "DagsterApi"


def main(arguments: list[str]) -> str | None:
    """Return None if the server serves, else what is wrong."""
    address = arguments[0] if arguments else "127.0.0.1:4000"
    seconds = float(arguments[1]) if len(arguments) > 1 else 2.0
    with grpc.insecure_channel(address) as channel:
        try:
            answer = HealthStub(channel).Check(HealthCheckRequest(service=SERVICE), timeout=seconds)
        except grpc.RpcError as error:
            return f"{address}: {error.code().name}: {error.details()}"
    if answer.status == HealthCheckResponse.SERVING:
        return None
    return f"{address}: {HealthCheckResponse.ServingStatus.Name(answer.status)}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

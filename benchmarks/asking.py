"""Asks a server the same kind of thing as fast as it answers, from a process of its own: a client that costs little.

``python -m benchmarks.asking HOST PORT SECONDS CONNECTIONS FILE`` where FILE holds requests as JSON lines
``{"method", "path", "headers", "body"}``; prints requests a second, percentiles in milliseconds and statuses as JSON.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np


def encoded(request: dict[str, Any], host: str) -> bytes:
    """Return the bytes of a request."""
    body = request.get("body") or ""
    content = body.encode() if isinstance(body, str) else json.dumps(body).encode()
    headers = {"host": host, **request.get("headers", {})}
    if content:
        headers |= {"content-type": "application/json", "content-length": str(len(content))}
    lines = [
        f"{request['method']} {request['path']} HTTP/1.1",
        *(f"{name}: {value}" for name, value in headers.items()),
    ]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + content


async def one(
    host: str,
    port: int,
    requests: list[bytes],
    start: int,
    until: float,
    took: list[float],
    said: Counter[str],
) -> None:
    """Ask over one connection until the time is over."""
    reader, writer = await asyncio.open_connection(host, port)
    number = start
    while time.perf_counter() < until:
        begun = time.perf_counter()
        writer.write(requests[number % len(requests)])
        number += 7
        head = await reader.readuntil(b"\r\n\r\n")
        length = next(
            int(line.split(b":")[1])
            for line in head.split(b"\r\n")
            if line.lower().startswith(b"content-length")
        )
        await reader.readexactly(length)
        took.append(time.perf_counter() - begun)
        said[head[9:12].decode()] += 1
    writer.close()


async def main(host: str, port: int, seconds: float, connections: int, file: str) -> None:
    requests = [encoded(json.loads(line), f"{host}:{port}") for line in Path(file).read_text().splitlines()]
    took: list[float] = []
    said = Counter[str]()
    until = time.perf_counter() + seconds
    await asyncio.gather(
        *(one(host, port, requests, place * 13, until, took, said) for place in range(connections))
    )
    p50, p99 = np.quantile(took, (0.5, 0.99)) * 1000
    print(json.dumps({"per_second": len(took) / seconds, "p50": p50, "p99": p99, "statuses": dict(said)}))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2]), float(sys.argv[3]), int(sys.argv[4]), sys.argv[5]))

"""The protocol of the server, with an end to its patience: headers have to come within some seconds and a size.

A request of which half was sent would else be held for ever, with its connection: some hundreds of them, and nobody else gets one.
Bodies have their own time (:class:`.limits.Limits`), since who asks knows what to say of them.
"""

from __future__ import annotations

import asyncio

from uvicorn.protocols.http.auto import AutoHTTPProtocol

from .limits import Refused, problem

HEAD_SECONDS = 10.0
"""Until the headers of a request must be there."""
HEAD_MOST = 256 * 2**10
"""Bytes that may come before a request's headers end; what is smaller is refused with more words by :class:`.limits.Guard`."""


class PatientProtocol(AutoHTTPProtocol):  # type: ignore[misc, valid-type]
    """HTTP/1.1 that waits for headers so long and no longer."""

    _timer: asyncio.TimerHandle | None = None
    _came = 0

    def connection_made(self, transport: object) -> None:
        """Begin to wait."""
        super().connection_made(transport)
        self._begin()

    def data_received(self, data: bytes) -> None:
        """Wait while headers are on their way, and no longer once a request is being answered."""
        waiting = not self._answering()
        super().data_received(data)
        if self._answering():
            self._end()
            return
        self._came += len(data)
        if self._came > HEAD_MOST:
            self._refuse(Refused(431, f"The headers have more than {HEAD_MOST:,} bytes."))
        elif waiting and self._timer is None:
            self._begin()

    def on_response_complete(self) -> None:
        """Count anew for the next request of this connection."""
        super().on_response_complete()
        self._came = 0

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop waiting."""
        self._end()
        super().connection_lost(exc)

    def _answering(self) -> bool:
        return self.cycle is not None and not self.cycle.response_complete

    def _begin(self) -> None:
        self._timer = self.loop.call_later(HEAD_SECONDS, self._late)

    def _end(self) -> None:
        self._came = 0
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _late(self) -> None:
        self._timer = None
        if not self._answering():
            self._refuse(Refused(408, f"The headers were not there after {HEAD_SECONDS:g} s."))

    def _refuse(self, refused: Refused) -> None:
        if self.transport.is_closing():
            return
        body = problem(refused.status, refused.detail)
        head = (
            f"HTTP/1.1 {refused.status} Refused\r\ncontent-type: application/problem+json\r\n"
            f"content-length: {len(body)}\r\nconnection: close\r\n\r\n"
        )
        self.transport.write(head.encode("ascii") + body)
        self.transport.close()

"""A small SMSC that speaks real SMPP 3.4, to put behind Kannel: it keeps a ledger, refuses and reports on request.

A receipt goes out when the test says so, once Kannel told that it has the answer to its submit: sent at once it could
overtake that answer, for smpp34 keeps no order between answers and requests of its own, and Kannel would not know it.
"""

import asyncio
from collections import deque
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Self

import smpp34

from app.carriers.kannel.characters import read
from tests.peers.kannel import Ledger

SMPP_ROAD = """\
group = smsc
smsc = smpp
smsc-id = fake
host = 127.0.0.1
port = {port}
transceiver-mode = true
smsc-username = esme
smsc-password = secret
system-type = ""
reconnect-delay = 1
"""
INVALID_DESTINATION = smpp34.ESME_RINVDSTADR
THROTTLED = smpp34.ESME_RTHROTTLED

_RECEIPT, _WITH_HEADER, _UCS2 = 0x04, 0x40, 0x08
_INTERNATIONAL, _E164 = 1, 1
_PART = 67  # UTF-16 code units in one of several parts


@dataclass
class Smsc:
    """One SMSC, in one event loop. Bound by Kannel once `bound` is set."""

    port: int
    ledger: Ledger = field(default_factory=Ledger)
    refusals: deque[int] = field(default_factory=deque)
    """The SMPP statuses with which the next parts are refused."""
    states: dict[str, tuple[str, str]] = field(default_factory=dict)
    """What becomes of texts to a number, as a receipt says it: state and error; delivered where it is not given."""
    refused: int = 0
    bound: asyncio.Event = field(default_factory=asyncio.Event)

    async def __aenter__(self) -> Self:
        self._server = smpp34.Server("127.0.0.1", self.port, system_id="smsc")
        await self._server.start()
        self._serving = asyncio.create_task(self._serve())
        self._receipts: list[tuple[smpp34.SubmitSmEvent, str]] = []
        return self

    async def __aexit__(self, *_: object) -> None:
        self._serving.cancel()
        with suppress(asyncio.CancelledError):
            await self._serving
        await self._server.stop()

    async def give_receipts(self) -> None:
        """The receipts that are owed, in the order of their texts; Kannel must have reported these as sent."""
        while self._receipts:
            await self._give_receipt(*self._receipts.pop(0))

    async def type_text(self, number: str, to: str, text: str, *, reference: int = 42) -> None:
        """A phone's text in UCS-2, in as many parts as it needs; every part was taken by Kannel when this returns."""
        body = text.encode("utf-16-be")
        pieces = [body[at : at + 2 * _PART] for at in range(0, len(body), 2 * _PART)]
        if len(pieces) == 1:
            await self.type_part(number, to, body)
            return
        for at, piece in enumerate(pieces, 1):
            await self.type_part(number, to, piece, udh=bytes([5, 0, 3, reference, len(pieces), at]))

    async def type_part(self, number: str, to: str, body: bytes, *, udh: bytes = b"", coding: int = _UCS2) -> None:
        """One deliver_sm; `number` is international, with or without its plus."""
        answer = await self._esme.deliver_sm(
            destination_addr=to,
            source_addr=number.removeprefix("+"),
            source_addr_ton=_INTERNATIONAL if number.startswith("+") else 0,
            source_addr_npi=_E164 if number.startswith("+") else 0,
            short_message=udh + body,
            esm_class=_WITH_HEADER if udh else 0,
            data_coding=coding,
        )
        assert answer.is_success, answer.command_status

    async def _serve(self) -> None:
        while True:
            event = await self._server.next()
            if isinstance(event, smpp34.Esme):
                self._esme = event
                self.bound.set()
            elif isinstance(event, smpp34.SubmitSmEvent):
                self._submitted(event)

    def _submitted(self, event: smpp34.SubmitSmEvent) -> None:
        if self.refusals:
            self.refused += 1
            event.reject(self.refusals.popleft())
            return
        body, udh = event.short_message, b""
        if event.esm_class & _WITH_HEADER:
            udh, body = body[: body[0] + 1], body[body[0] + 1 :]
        charset = "UTF-16BE" if event.data_coding == _UCS2 else "GSM"
        to = f"+{event.destination_addr}"
        self.ledger.add(event.source_addr, to, body, udh, partial(read, charset=charset, coding=""))
        message_id = f"smsc-{len(self.ledger.parts)}"
        event.accept(message_id=message_id)
        if event.registered_delivery:
            self._receipts.append((event, message_id))

    async def _give_receipt(self, event: smpp34.SubmitSmEvent, message_id: str) -> None:
        state, error = self.states.get(f"+{event.destination_addr}", ("DELIVRD", "000"))
        # As SMSCs do, the receipt quotes how the text began: our addresses must not hold it.
        quoted = read(event.short_message[:20], "GSM", "").encode("ascii", "replace")
        dates = "submit date:2611240900 done date:2611240901"
        await self._esme.deliver_sm(
            destination_addr=event.source_addr,
            source_addr=event.destination_addr,
            esm_class=_RECEIPT,
            short_message=f"id:{message_id} sub:001 dlvrd:001 {dates} stat:{state} err:{error} text:".encode() + quoted,
        )

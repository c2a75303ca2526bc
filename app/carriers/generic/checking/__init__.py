"""From a document (YAML or JSON, already decoded) to a `Definition`, naming every fault at once."""

from app.carriers.generic import addresses
from app.carriers.generic.checking.sending import SendingReader
from app.carriers.generic.checking.webhooks import WebhookReader
from app.carriers.generic.definition import Definition
from app.domain.errors import Fault, InvalidError
from app.domain.segments import SplitPolicy


def parse_definition(document: object) -> Definition:
    """The definition a document describes.

    Raises:
        InvalidError: with a `Fault` for every malformed place, not the first alone.
    """
    definition, faults = read_definition(document)
    errors = [fault for fault in faults if fault.severity == "error"]
    if errors:
        raise InvalidError(f"The carrier's definition has {len(errors)} fault(s).", faults)
    return definition


def read_definition(document: object) -> tuple[Definition, list[Fault]]:
    """What can be made of a document, with stand-ins at its malformed places, and the faults of those."""
    checker = _Checker()
    return checker.definition(document), checker.faults


class _Checker(SendingReader, WebhookReader):
    """The sections of a definition together."""

    def definition(self, value: object) -> Definition:
        document = self.mapping(
            value, "", "carrier source send inbound reports verify acknowledge capabilities timeouts"
        )
        name = self.text(document.get("carrier"), "carrier")
        if name and not addresses.is_name(name):
            self.fault("carrier", "must be 2 to 31 small letters, digits and -, a letter first: it stands in addresses")
        sending = self.sending(document.get("send"), "send")
        self.unsigned.clear()  # what stands in answers needs no signature
        inbound = self.inbound(document["inbound"], "inbound") if "inbound" in document else None
        reports = self.reports(document["reports"], "reports") if "reports" in document else None
        verify = self.verification(document.get("verify"), "verify")
        can = self.mapping(document.get("capabilities", {}), "capabilities", "two_way split segments_per_second")
        two_way = self.flag(can.get("two_way", inbound is not None), "capabilities.two_way")
        if two_way and inbound is None:
            self.fault("capabilities.two_way", "needs `inbound`, which says where a reply stands")
        if "status_url" in self.names and reports is None:
            self.fault("send", "gives {status_url} away, and `reports` is missing, which says what will come there")
        times = self.mapping(document.get("timeouts", {}), "timeouts", "connect read at_once")
        return Definition(
            name=name,
            send=sending,
            verify=verify,
            inbound=inbound,
            reports=reports,
            acknowledge=self.acknowledgement(document.get("acknowledge", {}), "acknowledge"),
            two_way=two_way,
            split=self.choice(SplitPolicy, can.get("split", "grapheme"), "capabilities.split", SplitPolicy.GRAPHEME),
            segments_per_second=self.number(
                can.get("segments_per_second", 1.0), "capabilities.segments_per_second", 0.01, 1000
            ),
            connect=self.number(times.get("connect", 5.0), "timeouts.connect", 0.1, 60),
            read=self.number(times.get("read", 15.0), "timeouts.read", 0.1, 120),
            at_once=int(self.number(times.get("at_once", 5), "timeouts.at_once", 1, 100)),
            secrets=frozenset(self.secrets),
            names=frozenset(self.names),
        )

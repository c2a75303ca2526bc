"""kill -9 at random through a round, and the verdict, which reads the SMSC's own ledger and never ours alone."""

import random
import re
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.drills.crowd import THANKS
from tests.drills.stage import HOSTS, Stage
from tests.drills.verdict import RoundFindings
from tests.peers.kannel import wait_until

_BOX_SECONDS = 15
_LANDING_SECONDS = 20
_LONGEST_PAUSE = 60
_DECIDED_AT_ONCE = 30
"""Few, so that what goes on by them meets kills too."""
_QUIET_SECONDS = 3.0
_STUCK_SECONDS = 45.0
_STORE = re.compile(r"store size (-?\d+)")
_HANDED = re.compile(r"sendsms sender:<[^>]*> \([^)]*\) to:<([^>]*)> msg:<(.*?)>?$")

WEB, WORK, BEARERBOX, SMSBOX, POSTGRES, HOST = "web", "work", "bearerbox", "smsbox", "postgres", "host"
SENDERS = "senders"
"""Both workers, while texts land: one of them is between the hand-over and writing it down."""

ALL = (WEB, WEB, WORK, SENDERS, BEARERBOX, SMSBOX)
"""Who is killed how often: a worker that dies is what texts people twice, if anything does."""


@dataclass(frozen=True)
class Plan:
    """How a drill kills: so many times, with pauses (seconds) between two of these; PostgreSQL is stopped besides.

    Kills are spread over the round's texts, each before its share has landed: none comes when all is said.
    `cuts` is for how many seconds a host is cut off.
    """

    kills: int
    pauses: tuple[float, float]
    victims: Sequence[str] = ALL
    stops: int = 0
    cuts: tuple[float, float] = (4, 8)
    patience: float = 300
    seed: int = 1


@dataclass
class Verdict(RoundFindings):
    """What came of it."""

    kills: Counter[str] = field(default_factory=Counter)
    at_rest: int = 0
    """Kills at which nothing had moved for some seconds: they show little."""

    ended_themselves: int = 0
    doubled_by_kannel: int = 0
    """Texts that we handed to Kannel once and bearerbox, killed before it had noted that one left, sent again."""


class Drill:
    """One round through which everything is killed."""

    def __init__(self, stage: Stage, plan: Plan, tell: Callable[[str], None] = lambda _: None) -> None:
        self.stage = stage
        self.plan = plan
        self.verdict = Verdict(people=len(stage.crowd.people))
        self._dice = random.Random(plan.seed)  # noqa: S311 - a drill is played again by its seed
        self._tell = tell
        self._listed: set[str] = set()
        self._seen: Any = None
        self._moved = time.monotonic()

    def run(self) -> Verdict:
        """Kill, let it settle, judge."""
        began = time.monotonic()
        try:
            wait_until(self._begun, "the first text to land", 60)
            self._kill_all_along()
            self._settle()
        except BaseException as problem:
            problem.add_note(self.stage.last_words())
            raise
        self._judge()
        self.verdict.seconds = time.monotonic() - began
        return self.verdict

    def _begun(self) -> bool:
        self._keep_alive()
        return bool(self.stage.crowd.texts)

    # -- killing ------------------------------------------------------------------------------

    def _kill_all_along(self) -> None:
        stops = {round(self.plan.kills * (at + 1) / (self.plan.stops + 1)) for at in range(self.plan.stops)}
        for at in range(1, self.plan.kills + 1):
            self._let_pass(self._dice.uniform(*self.plan.pauses))
            self._until_landed((at - 1) / self.plan.kills)
            self.verdict.at_rest += self._still >= _QUIET_SECONDS
            self._kill(self._dice.choice(self.plan.victims))
            if at in stops:
                self._stop_postgres()
            if at % 10 == 0:
                self._tell(f"{at} kills, {len(self.stage.crowd.texts)} texts, {self._open()} conversations open")
        # Whatever the others still held is the dead's, too.
        for worker in self.stage.work:
            self._strike(WORK, worker)

    def _let_pass(self, seconds: float) -> None:
        ends = time.monotonic() + seconds
        while (left := ends - time.monotonic()) > 0:
            time.sleep(min(left, 0.5))
            self._tend()

    def _until_landed(self, share: float) -> None:
        """Until this share of the round's texts is on the phones, or for a minute."""
        crowd = self.stage.crowd
        enough = share * len(crowd.people) * len(crowd.questions)
        ends = time.monotonic() + _LONGEST_PAUSE
        while len(crowd.texts) < enough and time.monotonic() < ends:
            self._let_pass(0.5)

    def _keep_alive(self) -> None:
        for process in (*self.stage.web, *self.stage.work):
            process.keep_alive()
        self.stage.hasten()

    def _kill(self, victim: str) -> None:
        match victim:
            case "web":
                self._strike(WEB, self._dice.choice(self.stage.web))
            case "work":
                self._strike(WORK, self._dice.choice(self.stage.work))
            case "senders":
                self._kill_senders()
            case "postgres":
                self._stop_postgres()
            case "host":
                self._cut_off()
            case "bearerbox":
                self._kill_bearerbox()
            case _:
                self._kill_smsbox()

    def _strike(self, kind: str, process: Any) -> None:
        process.kill()
        self.verdict.kills[kind] += 1
        process.start()

    def _stop_postgres(self) -> None:
        self.stage.stop_postgres(self._dice.uniform(1, 5))
        self.verdict.kills[POSTGRES] += 1

    def _cut_off(self) -> None:
        """A host loses the network for a while: its processes live, and nobody is told."""
        assert self.stage.network is not None, "only in a network"
        host = self._dice.choice(HOSTS)
        self.stage.network.pull(host)
        self._let_pass(self._dice.uniform(*self.plan.cuts))
        self.stage.network.plug(host)
        self.verdict.kills[host] += 1

    def _kill_senders(self) -> None:
        """At a random moment within 30 ms after a text landed; where none lands for a while, at that one."""
        landed = len(self.stage.crowd.texts)
        _within(_LANDING_SECONDS, lambda: len(self.stage.crowd.texts) > landed)
        time.sleep(self._dice.uniform(0, 0.03))
        for worker in self.stage.work:
            worker.kill()
        for worker in self.stage.work:
            self._strike(WORK, worker)

    def _kill_bearerbox(self) -> None:
        """Only while no reply is under way, as below: smsbox dies of its bearerbox's death."""
        gateway, crowd = self.stage.gateway, self.stage.crowd
        with crowd.still():
            if not _within(_BOX_SECONDS, self._all_kept):
                return
            gateway.kill(BEARERBOX)
            crowd.wait_for_silence()
        self.verdict.kills[BEARERBOX] += 1
        gateway.start_bearerbox()
        gateway.start_smsbox()

    def _kill_smsbox(self) -> None:
        """Only while it holds no reply: those it has taken and not handed on die with it, whatever we do."""
        gateway, crowd = self.stage.gateway, self.stage.crowd
        with crowd.still():
            if not _within(_BOX_SECONDS, self._all_kept):
                return
            gateway.kill(SMSBOX)
        self.verdict.kills[SMSBOX] += 1
        gateway.start_smsbox()

    def _all_kept(self) -> bool:
        return self.stage.value("SELECT count(*) FROM inbox") >= self.stage.crowd.typed

    # -- settling -----------------------------------------------------------------------------

    def _settle(self) -> None:
        """Until every conversation has ended."""
        deadline = time.monotonic() + self.plan.patience
        while time.monotonic() < deadline:
            time.sleep(0.2)
            done = not self._tend() and self._still >= _QUIET_SECONDS and self._drained()
            if done and (self._open() == 0 or self._still > _STUCK_SECONDS):
                return

    def _tend(self) -> int:
        """Restarts what ended; leases run out; once all is still, a person decides what nobody can know: how many."""
        self._keep_alive()
        self.stage.age_leases()
        state = self._progress()
        if state != self._seen:
            self._seen, self._moved = state, time.monotonic()
        return self._decide() if self._still >= _QUIET_SECONDS and self._drained() else 0

    @property
    def _still(self) -> float:
        """For how many seconds nothing has moved."""
        return time.monotonic() - self._moved

    def _open(self) -> int:
        return self.stage.value(
            "SELECT (SELECT count(*) FROM conversation WHERE open)"
            " + (SELECT count(*) FROM invitation WHERE NOT begun AND closed_at IS NULL)"
        )

    def _progress(self) -> Any:
        counts = self.stage.rows(
            "SELECT state, count(*) FROM outbox GROUP BY state UNION ALL SELECT 'inbox ' || state, count(*) FROM inbox"
            " GROUP BY state ORDER BY 1"
        )
        return counts, len(self.stage.crowd.texts), self.stage.crowd.typed, self._open()

    def _drained(self) -> bool:
        """Whether nothing is on its way: neither at Kannel, nor typed and not stored, nor about to leave."""
        store = _STORE.search(self.stage.gateway.status())
        leaving = self.stage.value("SELECT count(*) FROM outbox WHERE state IN ('queued', 'sending')")
        unread = self.stage.value("SELECT count(*) FROM inbox WHERE state = 'new'")
        return store is not None and int(store.group(1)) <= 0 and not (leaving or unread or self.stage.crowd.waiting)

    def _decide(self) -> int:
        """The operator's hour: each Unknown text is looked up in the SMSC's ledger. How many were decided."""
        stage = self.stage
        listed = {item["id"] for item in stage.api(stage.operator, "GET", "/v1/operator/unknown")}
        if not listed:
            return 0
        stage.age_unknown()
        numbers = stage.numbers()
        decided = 0
        for row in stage.rows(
            "SELECT id, identity_id, say FROM outbox WHERE state = 'unknown' AND id = ANY(%s) LIMIT %s",
            list(listed - self._listed),
            _DECIDED_AT_ONCE,
        ):
            self._listed.add(str(row[0]))
            landed = stage.crowd.has(numbers[row[1]], code_of(row[2]))
            word = "sent" if landed else "again"
            # 409 where the conversation ended or moved on: then nobody waits for it.
            stage.api(stage.operator, "POST", f"/v1/operator/unknown/{row[0]}/{word}", tolerated=409)
            self.verdict.unknown += 1
            self.verdict.found_sent += landed
            self.verdict.sent_again += not landed
            decided += 1
        return decided

    # -- judging ------------------------------------------------------------------------------

    def _judge(self) -> None:
        stage, verdict = self.stage, self.verdict
        verdict.texts, verdict.replies = len(stage.crowd.texts), stage.crowd.typed
        verdict.open, verdict.strange = self._open(), stage.crowd.strange
        verdict.ended_themselves = sum(process.ended_itself for process in (*stage.web, *stage.work))
        self._judge_texts()
        numbers = stage.numbers()
        self._judge_replies(numbers)
        self._judge_answers(numbers)

    def _judge_texts(self) -> None:
        asked = self._handed_over()
        for number, text in self.stage.crowd.twice():
            if asked[number, text] == 1:
                self.verdict.doubled_by_kannel += 1
            else:
                self.verdict.twice.append((number, text))

    def _handed_over(self) -> Counter[tuple[str, str]]:
        """How often Kannel was given each text, by smsbox's own log: number and first line, as phones show it."""
        with (self.stage.gateway.folder / "smsbox.log").open(errors="replace") as log:
            return Counter(found.groups() for line in log if (found := _HANDED.search(line.rstrip())))

    def _judge_replies(self, numbers: dict[Any, str]) -> None:
        rows = self.stage.rows("SELECT identity_id, text FROM inbox ORDER BY arrived_no")
        inbox = [(numbers.get(identity, "nobody"), text) for identity, text in rows]
        self.verdict.judge_replies(self.stage.crowd.people, inbox)

    def _judge_answers(self, numbers: dict[Any, str]) -> None:
        recorded = {
            (numbers[identity], question): value
            for identity, question, value in self.stage.rows(
                "SELECT identity.id, question, value FROM answer JOIN invitation ON invitation.id = invitation_id"
                " JOIN identity ON identity.worker_id = invitation.worker_id"
            )
        }
        self.verdict.judge_answers(self.stage.crowd.people, self.stage.asked, recorded)


def code_of(say: dict[str, Any]) -> str:
    """Which text of the round a row of the outbox is."""
    return say.get("question") or ("intro" if say.get("key") == "intro" else THANKS.code)


def _within(seconds: float, come: Callable[[], object]) -> bool:
    with suppress(pytest.fail.Exception):
        wait_until(come, "a pause", seconds)
        return True
    return False

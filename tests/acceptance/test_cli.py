"""The command line as its users meet it: real processes, their words and their exit codes."""

import fcntl
import json
import os
import re
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from app.store.vault import new_key
from tests.acceptance.commands import SHIFTLINE, installed, shiftline

DEMO_SECONDS = 900  # it takes about 100 on a machine of its own; tests share theirs
GOOD, BAD, WRONG = 0, 1, 2

SURVEY = """
survey: fans
title: Fans
languages: [en, bn]
purpose: {en: "the heat", bn: "গরম"}
questions:
  - {code: hot, kind: yes-no, text: {en: "Is it too hot?", bn: "খুব গরম কি?"}, score: {"yes": 0, "no": 100}}
  - code: fans
    kind: single
    text: {en: "Which fans run?", bn: "কোন ফ্যান চলে?"}
    options:
      - {code: 1, score: 100, text: {en: all, bn: সব}}
      - {code: 2, score: 0, text: {en: none, bn: একটিও না}}
needs:
  - {category: health, when: {question: hot, is: ["yes"]}}
"""


@pytest.fixture
def place() -> Iterator[Path]:
    # Not pytest's own folder: it is closed to others, and under root PostgreSQL runs as somebody else.
    with TemporaryDirectory(prefix="shiftline-cli-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


@pytest.fixture
def survey(place: Path) -> Path:
    file = place / "fans.yaml"
    file.write_text(SURVEY, encoding="utf-8")
    return file


@pytest.fixture
def own_database(empty_url: str) -> dict[str, str]:
    """The environment of somebody with a PostgreSQL and vault keys."""
    return {
        "DATABASE_URL": empty_url,
        "SHIFTLINE_VAULT_KEYS": f"1:{new_key()}",
        "SHIFTLINE_VAULT_INDEX_KEY": new_key(),
    }


# -- help and health ------------------------------------------------------------------------------


def test_without_a_word_it_lists_its_commands(place: Path) -> None:
    said = installed(place)
    assert said.returncode == WRONG
    for command in ("serve", "demo", "doctor", "understand", "survey", "workers", "providers", "keys"):
        assert command in said.stdout


def test_the_doctor_finds_everything_on_a_fresh_machine(place: Path) -> None:
    said = shiftline(place, "doctor")
    assert said.returncode == GOOD, said.stdout
    assert "PostgreSQL (embedded)" in said.stdout
    assert "✗" not in said.stdout


def test_the_doctor_tells_a_database_that_is_not_there(place: Path, own_database: dict[str, str]) -> None:
    more = {**own_database, "DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none"}
    said = shiftline(place, "doctor", more=more)
    assert said.returncode == BAD
    assert "✗ PostgreSQL" in said.stdout
    assert "Traceback" not in said.stderr


def test_the_doctor_makes_vault_keys_that_the_service_takes(place: Path, empty_url: str) -> None:
    printed = shiftline(place, "doctor", "--new-keys").stdout
    keys = dict(line.split("=", 1) for line in printed.splitlines())
    assert set(keys) == {"SHIFTLINE_VAULT_KEYS", "SHIFTLINE_VAULT_INDEX_KEY"}
    said = shiftline(place, "migrate", more={**keys, "DATABASE_URL": empty_url})
    assert said.returncode == GOOD, said.stderr


def test_a_database_of_ones_own_needs_vault_keys_of_ones_own(place: Path, empty_url: str) -> None:
    said = shiftline(place, "migrate", more={"DATABASE_URL": empty_url})
    assert said.returncode == WRONG
    assert "SHIFTLINE_VAULT_KEYS" in said.stderr
    assert "doctor --new-keys" in said.stderr


@pytest.mark.parametrize(
    ("name", "value", "word"),
    [
        pytest.param("SHIFTLINE_PORT", "many", "port", id="a port that is no number"),
        pytest.param("DATABASE_URL", "mysql://x@y/z", "PostgreSQL address", id="another database"),
    ],
)
def test_a_setting_that_does_not_fit_is_named(place: Path, name: str, value: str, word: str) -> None:
    said = shiftline(place, "migrate", more={name: value})
    assert said.returncode == WRONG
    assert word in said.stderr
    assert "Traceback" not in said.stderr


# -- surveys --------------------------------------------------------------------------------------


def test_a_good_survey_is_called_good_and_its_drafts_are_told(place: Path, survey: Path) -> None:
    said = shiftline(place, "survey", "check", survey)
    assert said.returncode == GOOD
    assert "2 questions in en, bn" in said.stdout
    assert "Draft wording in en, bn" in said.stdout


def test_every_fault_of_a_survey_is_told_at_once_with_its_place(place: Path, survey: Path) -> None:
    broken = SURVEY.replace("en: none", "en: stop").replace(', bn: "খুব গরম কি?"', "")
    broken = broken.replace("question: hot", "question: cold")
    survey.write_text(broken, encoding="utf-8")
    said = shiftline(place, "survey", "check", survey)
    assert said.returncode == BAD
    for fault in ("questions.hot.text.bn", "questions.fans.options.2.text.en", "needs[1].when"):
        assert fault in said.stderr


@pytest.mark.parametrize(
    ("content", "word"),
    [
        pytest.param(None, "is no file", id="no such file"),
        pytest.param("survey: [", "line 2, column 1", id="no YAML"),
        pytest.param("- 1\n- 2\n", "survey", id="a list"),
    ],
)
def test_what_is_no_survey_is_told_without_a_trace(place: Path, content: str | None, word: str) -> None:
    file = place / "other.yaml"
    if content is not None:
        file.write_text(content)
    said = shiftline(place, "survey", "check", file)
    assert said.returncode in {BAD, WRONG}
    assert word in said.stderr
    assert "Traceback" not in said.stderr


def test_a_conversation_is_held_in_the_terminal(place: Path, survey: Path) -> None:
    said = shiftline(place, "survey", "try", survey, "--language", "en", typed="yes\nyes\nblue\nnone\n")
    assert said.returncode == GOOD
    told = said.stdout
    assert "Is it too hot?" in told
    assert "need: health, normal, standard" in told
    assert "Sorry, we did not understand" in told, "an unclear reply is asked again"
    assert "Ended: complete; 2 answers" in told


def test_stop_ends_the_conversation_in_the_terminal(place: Path, survey: Path) -> None:
    said = shiftline(place, "survey", "try", survey, "--language", "bn", typed="STOP\n")
    assert said.returncode == GOOD
    assert "Ended: stopped; 0 answers" in said.stdout


def test_what_a_reply_is_taken_to_mean_is_printed_as_json(place: Path, survey: Path) -> None:
    said = shiftline(place, "understand", survey, "hot", "হ্যাঁ", "--language", "bn")
    assert said.returncode == GOOD, said.stderr
    meant = json.loads(said.stdout)
    assert (meant["outcome"], meant["value"], meant["language"]) == ("answer", True, "bn")
    assert meant["confidence"] > 0.9


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        pytest.param(("cold", "yes"), "it asks hot, fans", id="no such question"),
        pytest.param(("hot", "yes", "--language", "xx"), "'xx'", id="no such language"),
    ],
)
def test_what_cannot_be_understood_is_told(place: Path, survey: Path, arguments: tuple[str, ...], word: str) -> None:
    said = shiftline(place, "understand", survey, *arguments)
    assert said.returncode == WRONG
    assert word in said.stderr


# -- keys and imports -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        pytest.param(("--role", "king"), "'king' is no role", id="no such role"),
        pytest.param(("--role", "operator", "--programme", "a"), "takes no --programme", id="an operator's programme"),
        pytest.param(("--role", "ngo"), "needs one", id="an NGO without programme"),
        pytest.param(("--role", "brand", "--programme", "a"), "--brand", id="a brand without brand"),
        pytest.param(
            ("--role", "provider", "--programme", "a"), "--organization", id="a provider without organization"
        ),
    ],
)
def test_a_key_that_cannot_be_made_is_told(place: Path, arguments: tuple[str, ...], word: str) -> None:
    said = shiftline(place, "keys", "create", *arguments)
    assert said.returncode == WRONG
    assert word in said.stderr
    assert not said.stdout
    assert not (place / "var").exists(), "no database is started for it"


def test_a_roster_with_broken_rows_enrols_the_good_and_prints_no_number(
    place: Path, own_database: dict[str, str]
) -> None:
    made = shiftline(place, "keys", "create", "--role", "ngo", "--programme", "alpha", more=own_database)
    assert made.returncode == GOOD, made.stderr
    assert len(made.stdout.split()) == 1, "the key alone, so that a script can keep it"
    roster = place / "roster.csv"
    roster.write_text("phone,site,language\n+8801711000001,nowhere,bn\n12345678,nowhere,xx\n")
    said = shiftline(place, "workers", "import", roster, "--programme", "alpha", more=own_database)
    assert said.returncode == BAD
    assert "2 rows: 0 added, 0 updated, 0 unchanged, 2 bad." in said.stdout
    assert "row 2, site" in said.stderr
    assert "row 3, " in said.stderr
    assert not re.search(r"8801711|12345678", said.stdout + said.stderr)


def test_a_roster_for_no_programme_is_told(place: Path, own_database: dict[str, str]) -> None:
    roster = place / "roster.csv"
    roster.write_text("phone,site,language\n")
    said = shiftline(place, "workers", "import", roster, "--programme", "omega", more=own_database)
    assert said.returncode == WRONG
    assert "omega" in said.stderr


def test_a_registry_that_is_none_is_told(place: Path) -> None:
    file = place / "registry.json"
    file.write_text("{")
    said = shiftline(place, "providers", "import", file, "--programme", "alpha")
    assert said.returncode == WRONG
    assert "JSON" in said.stderr


# -- serving --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("moment", "more", "word"),
    [
        pytest.param("yesterday", {}, "is no moment", id="no moment"),
        pytest.param("2026-11-02T04:00", {}, "with its offset", id="no offset"),
        pytest.param(
            "2026-11-02T04:00Z", {"TWILIO_ACCOUNT_SID": "AC" + "0" * 32}, "for the simulator alone", id="real people"
        ),
    ],
)
def test_a_rehearsal_needs_a_moment_and_nobody_real(place: Path, moment: str, more: dict[str, str], word: str) -> None:
    said = shiftline(place, "serve", "--clock", moment, more=more)
    assert said.returncode == WRONG
    assert word in said.stderr
    assert not (place / "var").exists()


def _is_in_use(lock: Path) -> bool:
    if not lock.exists():
        return False
    with lock.open() as held:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def test_a_demo_that_is_ended_leaves_no_server_behind(place: Path) -> None:
    data = place / "var" / "demo" / "postgres"
    environment = {"PATH": os.environ["PATH"], "HOME": str(place), "SHIFTLINE_VAR": str(place / "var")}
    with subprocess.Popen(
        [SHIFTLINE, "demo", "--exit"], cwd=place, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as playing:
        until = time.monotonic() + 60
        while not _is_in_use(data / "users.lock") and time.monotonic() < until:
            time.sleep(0.2)
        time.sleep(1)
        assert (data / "data" / "postmaster.pid").exists()
        playing.terminate()
        try:
            assert playing.wait(30) == 128 + signal.SIGTERM
        finally:
            playing.kill()
    assert not (data / "data" / "postmaster.pid").exists()


def test_the_demo_plays_its_week_and_ends(place: Path) -> None:
    said = installed(place, "demo", "--exit", seconds=DEMO_SECONDS)
    assert said.returncode == GOOD, said.stderr
    summary = re.sub(r"\s+", " ", said.stdout)
    people = re.search(r"(\d+) virtual workers at (\d+) sites in (\d+) countries", summary)
    assert people is not None, summary
    assert [int(number) for number in people.groups()] >= [500, 8, 5]
    rate = re.search(r"Response rate \(AAPOR RR2\): ([\d.]+)%", summary)
    assert rate is not None, summary
    assert 20 < float(rate[1]) < 95
    for part in ("Needs", "Referrals", "completed", "Did it help? yes"):
        assert part in summary
    assert not re.search(r"\+\d{8,}", said.stdout + said.stderr), "a summary holds no number"

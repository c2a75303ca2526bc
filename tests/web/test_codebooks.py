"""The codebook beside an export has the shape of DDI-Codebook 2.5, and says what was asked and how figures came about."""

import re
from typing import Any
from uuid import UUID
from xml.etree import ElementTree as ET

import pytest

from app.domain.indicators import shape
from app.domain.survey.parse import parse_survey
from app.jobs.takeaway.codebook import formula
from tests.conftest import World
from tests.steps import PULSE, client, run
from tests.web.test_exports import brand_key, fetched, published

DDI = "{ddi:codebook:2_5}"
LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"

# The children each element may have, in the order of codebook.xsd 2.5; those we never write are left out.
ORDER = {
    "codeBook": "stdyDscr fileDscr dataDscr",
    "stdyDscr": "citation stdyInfo method dataAccs",
    "citation": "titlStmt prodStmt verStmt holdings",
    "titlStmt": "titl IDNo",
    "prodStmt": "producer",
    "verStmt": "version",
    "stdyInfo": "subject abstract sumDscr",
    "subject": "keyword",
    "sumDscr": "collDate nation anlyUnit universe dataKind",
    "method": "dataColl anlyInfo",
    "dataColl": "sampProc collMode resInstru weight cleanOps",
    "anlyInfo": "respRate EstSmpErr",
    "dataAccs": "useStmt",
    "useStmt": "conditions",
    "fileDscr": "fileTxt",
    "fileTxt": "fileName dimensns",
    "dimensns": "caseQnty varQnty",
    "dataDscr": "varGrp var",
    "varGrp": "labl",
    "var": "labl qstn valrng catgry concept derivation varFormat",
    "qstn": "qstnLit",
    "valrng": "range",
    "catgry": "catValu labl",
    "derivation": "drvdesc",
}

# The attributes each may have, with the words of those that take no others; `ID`, `xml:lang` and `source` all may.
ATTRIBUTES: dict[str, dict[str, set[str]]] = {
    "codeBook": {"version": {"2.5"}},
    "IDNo": {"agency": set()},
    "version": {"date": set()},
    "holdings": {"URI": set()},
    "collDate": {"date": set(), "event": {"start", "end", "single"}},
    "nation": {"abbr": set()},
    "varGrp": {"var": set()},
    "var": {"name": set(), "files": set(), "intrvl": {"contin", "discrete"}, "measUnit": set()},
    "qstn": {
        "responseDomainType": {"text", "numeric", "code", "category", "datetime", "geographic", "multiple", "other"}
    },
    "range": {"UNITS": {"INT", "REAL"}, "min": set(), "max": set()},
    "derivation": {"var": set()},
    "varFormat": {"type": {"character", "numeric"}},
}
EVERYWHERE = {"ID": set[str](), LANGUAGE: set[str](), "source": {"archive", "producer"}}
ONCE = {
    "titl",
    "holdings",
    "catValu",
    "derivation",
    "varFormat",
    "dimensns",
    "caseQnty",
    "varQnty",
    "fileTxt",
    "subject",
}
"""Of these one parent has one, in what we write."""


async def read(world: World, created: UUID, key: str = "ngo") -> ET.Element:
    return ET.fromstring(await fetched(world, f"/v1/rounds/{created}/export", key, format="ddi"))  # noqa: S314 - our own


def texts(root: ET.Element, path: str) -> list[str]:
    return [found.text or "" for found in root.findall("/".join(f"{DDI}{name}" for name in path.split("/")))]


async def test_the_codebook_has_the_shape_of_ddi_codebook(world: World) -> None:
    root = await read(world, await published(world))
    assert (root.tag, root.get("version")) == (f"{DDI}codeBook", "2.5")
    for element in root.iter():
        assert element.tag.startswith(DDI)
        allowed = ORDER.get(element.tag.removeprefix(DDI), "").split()
        children = [allowed.index(child.tag.removeprefix(DDI)) for child in element]
        assert children == sorted(children), element.tag
        if allowed:
            assert not (element.text or "").strip(), f"{element.tag} holds elements alone"
        names = [child.tag.removeprefix(DDI) for child in element]
        assert not {name for name in ONCE if names.count(name) > 1}
        known = EVERYWHERE | ATTRIBUTES.get(element.tag.removeprefix(DDI), {})
        assert element.attrib.keys() <= known.keys(), element.tag
        assert all(value in known[name] for name, value in element.attrib.items() if known[name])
    assert all(element.get("name") for element in root.iter(f"{DDI}var")), "a variable must have one"
    for ends in root.iter(f"{DDI}range"):
        whole = all(float(ends.get(name, 0)).is_integer() for name in ("min", "max"))
        assert whole or ends.get("UNITS") == "REAL", "numbers are whole where nothing is said"
    named = [element.get("ID") for element in root.iter() if element.get("ID")]
    assert len(named) == len(set(named))
    assert all(re.fullmatch(r"[A-Za-z_][\w.-]*", name) for name in named)
    pointed = {one for element in root.iter() for at in ("var", "files") for one in element.get(at, "").split()}
    assert pointed <= set(named)


async def test_it_tells_what_was_asked_of_whom_and_who_answered(world: World) -> None:
    created = await published(world)
    root = await read(world, created)
    assert texts(root, "dataDscr/var/qstn/qstnLit")[0] == "How safe is your work?"
    assert root.find(f".//{DDI}qstnLit").get(LANGUAGE) == "en"
    assert texts(root, "stdyDscr/method/dataColl/sampProc") == ["Everybody was invited."]
    assert "Partial from: safe." in texts(root, "stdyDscr/method/anlyInfo/respRate")[0]
    assert texts(root, "stdyDscr/stdyInfo/sumDscr/nation") == ["BD"]
    (derived,) = {text for text in texts(root, "dataDscr/var/derivation/drvdesc") if "safe" in text}
    assert derived == "Mean of safe, each from 0 to 100; no score with fewer than 1 answered."


async def test_it_describes_every_column_of_the_table_it_stands_beside(world: World) -> None:
    created = await published(world)
    root = await read(world, created)
    async with client(world) as http:
        answer = await http.get(f"/v1/rounds/{created}/export")
        beside = answer.headers["link"]
        again = await http.get(beside.partition("<")[2].partition(">")[0])
    assert 'rel="describedby"' in beside
    assert b"codeBook" in again.content
    header, *rows = answer.content.decode("utf-8-sig").splitlines()
    described = [var.get("name") for var in root.iter(f"{DDI}var") if var.get("files")]
    assert described == [name.strip('"') for name in header.split(",")]
    assert texts(root, "fileDscr/fileTxt/dimensns/caseQnty") == [str(len(rows))]


async def test_a_brand_reads_no_sites_of_others_in_the_codebook(world: World) -> None:
    created = await published(world)
    await brand_key(world, "gazipur")
    await run(world, "UPDATE round SET plan = jsonb_set(plan, '{sites}', '[\"gazipur\", \"savar\"]')")
    assert "savar" in ET.tostring(await read(world, created), "unicode")
    assert "savar" not in ET.tostring(await read(world, created, "brand"), "unicode")


@pytest.mark.parametrize(
    ("indicator", "told"),
    [
        pytest.param({"scoring": "raw"}, "Mean of safe, as answered; no score with fewer than 1 answered.", id="raw"),
        pytest.param(
            {"of": ["safe", "fed"], "weights": {"safe": 2}, "reverse": ["fed"], "least": 1},
            "Mean of safe × 2, fed, each from 0 to 100; the other way round: fed; no score with fewer than 1 answered.",
            id="weighted",
        ),
    ],
)
def test_a_formula_is_told_in_words(indicator: dict[str, Any], told: str) -> None:
    made = parse_survey({**PULSE, "indicators": [{**PULSE["indicators"][0], **indicator}]}).indicators[0]
    assert formula(made, shape(made)) == told

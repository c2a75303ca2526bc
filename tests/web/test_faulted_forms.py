"""Forms of the console that cannot be kept: each fault stands by its field in the reader's language, and nothing typed is lost."""

import re

import httpx2

from tests.conftest import AMINA, World
from tests.steps import client, write
from tests.web.forms import words, wrong_fields

_OPTION = re.compile(r"<option[^>]*>([^<]*)")


async def french(world: World) -> httpx2.AsyncClient:
    http = client(world)
    http.headers.update({"Accept": "text/html", "Accept-Language": "fr"})
    return http


async def test_a_survey_that_cannot_begin_keeps_its_title(world: World) -> None:
    async with client(world) as http:
        answer = await http.post("/surveys", data={"title": "Heat & noise", "code": "He at", "language": "klingon"})
        assert wrong_fields(answer) == ["code", "language"]
        assert 'value="Heat &amp; noise"' in answer.text
        assert wrong_fields(await http.post("/surveys", data={"code": "heat", "language": "en"})) == ["title"]
        sent = await http.post("/surveys/xlsform", files={"file": ("pay.xlsx", b"no workbook")})
        assert (sent.status_code, wrong_fields(sent)) == (422, ["file"])


async def test_a_roster_and_an_erasure_are_refused_at_their_own_fields(world: World) -> None:
    async with client(world) as http:
        assert wrong_fields(await http.post("/people/roster/look", files={"file": ("r.csv", b"")})) == ["file"]
        assert wrong_fields(await http.post("/people/erase", data={"phone": AMINA})) == ["sure"]
        unknown = await http.post("/people/erase", data={"phone": AMINA, "sure": "1"})
        assert wrong_fields(unknown) == ["phone"]
        assert AMINA[1:] not in unknown.text


async def test_an_invitation_that_does_not_fit_is_not_to_be_typed_again(world: World) -> None:
    given = {"name": "Rina <R>", "email": "nonsense", "role": "ngo", "grade": "editor"}
    async with client(world) as http:
        answer = await http.post("/accounts/invite", data=given)
        assert (answer.status_code, wrong_fields(answer)) == (422, ["email"])
        assert 'value="Rina &lt;R&gt;"' in answer.text
        assert '<option value="editor" selected>Editor</option>' in answer.text
        lost = await http.post("/accounts/invite", data={**given, "role": "brand", "brand": "none"})
        assert wrong_fields(lost) == ["brand"]
        nobody = await http.post("/accounts/invite", data={**given, "role": "provider", "organization": "nothing"})
        assert wrong_fields(nobody) == ["organization"]


async def test_roles_are_said_in_the_language_of_the_page(world: World) -> None:
    async with await french(world) as http:
        shown = words(await http.get("/accounts"))
        refused = words(
            await http.post("/accounts/invite", data={"name": "R", "email": "r@example.org", "role": "ngo"})
        )
    for code in ("reader", "editor", "admin"):
        assert not {code, f"{code},"} & {*shown.split(), *refused.split()}
    assert "ONG" in shown


async def test_a_site_is_refused_in_french(world: World) -> None:
    wrong = {"code": "Bad Code", "name": "", "country": "Bengal", "zone": "Mars", "latitude": "999", "headcount": "x"}
    async with await french(world) as http:
        answer = await http.post("/people/sites/new", data=wrong)
    assert wrong_fields(answer) == ["code", "name", "country", "zone", "latitude", "longitude", "headcount"]
    assert not {"should", "must", "takes", "Input", "String", "written"} & set(words(answer).split())


async def test_kinds_scorings_and_an_address_without_a_page_are_said_in_french(world: World) -> None:
    await write(world)
    async with await french(world) as http:
        editor = (await http.get("/surveys/pulse")).text
        nowhere = await http.get("/nowhere")
    choices = {
        told for options in re.findall(r"<select.*?</select>", editor, re.DOTALL) for told in _OPTION.findall(options)
    }
    assert {"Un choix", "Échelle", "Moyenne", "Relue", "Insécurité alimentaire (FIES)"} <= choices
    assert not {"Single", "Scale", "Mean", "Reviewed", "High", "Fies"} & choices
    assert (nowhere.status_code, "Not Found" in nowhere.text) == (404, False)

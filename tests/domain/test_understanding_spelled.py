"""Numbers in words, as CLDR spells them and as phones write them in Latin letters; and what looks like one."""

from pathlib import Path

import pytest
import yaml

from app.catalogue.catalogue import load_catalogue
from app.domain.survey import Kind, Option, Question
from app.domain.understanding import understand

_LEXICONS = load_catalogue().lexicons
_PAY = Question("pay", Kind.NUMBER, {})
_MARK = Question("mark", Kind.SCALE, {}, (), 0, 10)
_SPELLOUTS: dict[str, dict[int, list[str]]] = yaml.safe_load(
    (Path(__file__).parent / "spellouts.yaml").read_text(encoding="utf-8")
)
_NO_AND_NOUGHT = {"không", "walâ"}
"""Vietnamese and Filipino noughts that say "no" and "none" as well: they are asked again."""


@pytest.mark.parametrize("language", sorted(_SPELLOUTS))
def test_every_number_to_a_hundred_is_read_as_cldr_spells_it(language: str) -> None:
    read = {
        form: understand(form, _PAY, _LEXICONS[language]).value
        for forms in _SPELLOUTS[language].values()
        for form in forms
    }
    meant = {form: number for number, forms in _SPELLOUTS[language].items() for form in forms}
    assert {form: read[form] for form in meant if read[form] != meant[form]} == dict.fromkeys(
        _NO_AND_NOUGHT & meant.keys()
    )


@pytest.mark.parametrize(
    ("language", "words"),
    [
        pytest.param("am", "zero and hulet sost arat amist sidist sebat simint zetegn asir", id="Amharic"),
        pytest.param("ar", "sifr wa7ed etnen talata arba3a 5amsa sitta sab3a tmanya tis3a 3ashra", id="Arabic"),
        pytest.param("bn", "shunno ek dui tin char pach choy sat at noy dosh", id="Bengali"),
        pytest.param("hi", "shunya ek do teen char paanch chhe saat aath nau das", id="Hindi"),
        pytest.param("km", "soun muoy pi bei buon pram prammuoy prampi prambei prambuon dop", id="Khmer"),
        pytest.param("lo", "soun neung song sam si haa hok chet paet kao sip", id="Lao"),
        pytest.param("my", "thonnya tit hnit thone lay ngar chauk khunit shit koe tase", id="Burmese"),
        pytest.param("ne", "sunna ek dui tin char panch chhah sat aath nau das", id="Nepali"),
        pytest.param("si", "binduwa eka deka thuna hathara paha haya hatha ata nawaya dahaya", id="Sinhala"),
        pytest.param("ta", "poojyam onnu rendu moonu naalu anju aaru ezhu ettu ombathu pathu", id="Tamil"),
        pytest.param("th", "sun nueng song sam si haa hok jet paet kao sip", id="Thai"),
        pytest.param("ur", "sifar aik do teen char panch chay saat aath nau das", id="Urdu"),
        pytest.param("zh", "ling yi er san si wu liu qi - jiu -", id="Chinese"),
    ],
)
def test_numbers_to_ten_are_read_in_latin_letters(language: str, words: str) -> None:
    told = dict(enumerate(words.split()))
    read = {
        number: understand(word, _MARK, _LEXICONS[language]).value
        for number, word in told.items()
        if word not in {"-", "and"}  # a particle, a yes, and a word that joins
    }
    assert read == {number: number for number in read}


@pytest.mark.parametrize(
    ("language", "reply", "value"),
    [
        pytest.param("sw", "elfu mia mbili", 200_000, id="a thousand hundreds, the larger first"),
        pytest.param("sw", "elfu mia mbili na hamsini", 250_000, id="and fifty of them"),
        pytest.param("sw", "elfu tano mia mbili", 5200, id="thousands, then hundreds"),
        pytest.param("th", "หนึ่งหมื่นห้าร้อย", 10_500, id="five hundred behind ten thousand is no half of them"),
        pytest.param("vi", "7 triệu 5 trăm", 7_500_000, id="behind a million it is"),
        pytest.param("zh", "五百三十四", 534, id="hundreds, tens and ones"),
        pytest.param("zh", "三万四千五百零七", 34_507, id="with a nought between"),
        pytest.param("zh", "一百二十万", 1_200_000, id="tens of ten thousands"),
        pytest.param("ar", "ثلاثة آلاف وخمسمائة", 3500, id="an and that is glued"),
        pytest.param("ar", "مائة وخمسة وعشرون ألف", 125_000, id="ones before tens"),
        pytest.param("ar", "arba3a w 3eshreen", 24, id="the same with digits for letters"),
        pytest.param("tr", "üç buçuk milyon", 3_500_000, id="a half of millions"),
        pytest.param("tr", "yediyüz yirmibir bin oniki", 721_012, id="some of it in one word"),
        pytest.param("tr", "beşbuçuk", 5.5, id="a half in one word"),
        pytest.param("ta", "இருபத்திஆறு", 26, id="in one word without sandhi"),
        pytest.param("ta", "ஏழாயிரத்து இருநூற்று ஐம்பது", 7250, id="oblique thousands and hundreds"),
        pytest.param("fr", "6 700,54", 6700.54, id="groups and decimals"),
        pytest.param("en", "two hundred dozens", 2400, id="dozens"),
        pytest.param("bn", "বার হাজার", None, id="twelve that may be times"),
        pytest.param("en", "point 77", None, id="a mark that nothing stands before"),
        pytest.param("id", "3000k", None, id="thousands of thousands, or a slip"),
        pytest.param("si", "50000k", 50_000, id="an ending of the language"),
        pytest.param("en", "3M", None, id="three, or three million"),
        pytest.param("en", "my number is 0788123123", None, id="a phone number"),
        pytest.param("en", "+250788123123", None, id="one with its country"),
        pytest.param("en", "0033", 33, id="noughts that say nothing"),
        pytest.param("ar", "3adi", None, id="a word that a digit begins"),
    ],
)
def test_amounts_are_read_or_asked_again(language: str, reply: str, value: float | None) -> None:
    assert understand(reply, _PAY, _LEXICONS[language]).value == value


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("am", "ሁለተኛው"), ("ar", "الثاني"), ("bn", "দ্বিতীয়টা"), ("en", "the second one"), ("es", "la segunda"), ("fil", "pangalawa"),
        ("fr", "le deuxième"), ("ha", "na biyu"), ("hi", "दूसरी"), ("ht", "dezyèm nan"), ("id", "yang kedua"), ("km", "ទីពីរ"), ("lo", "ທີສອງ"),
        ("my", "ဒုတိယ"), ("ne", "दोस्रो"), ("pt", "a segunda opção"), ("rw", "icya kabiri"), ("si", "දෙවෙනි"), ("so", "kan labaad"),
        ("sw", "ya pili"), ("ta", "இரண்டாவது"), ("th", "อันที่สอง"), ("tr", "ikincisi"), ("ur", "doosra wala"), ("vi", "thứ hai"),
        ("yo", "ekeji"), ("zh", "第二个"),
    ],
)  # fmt: skip
def test_an_option_is_named_by_its_place_in_every_language(language: str, words: str) -> None:
    offered = tuple(Option(code, f"value {code}", {language: f"qqz{code}"}) for code in range(1, 6))
    question = Question("offered", Kind.SINGLE, {language: "?"}, offered)
    assert understand(words, question, _LEXICONS[language]).value == 2

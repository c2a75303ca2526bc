"""Phrases given back instead of yes and no count where the question asks for them, and nowhere else."""

import pytest

from app.catalogue.catalogue import load_catalogue
from app.domain.survey import Kind, Question
from app.domain.understanding import understand

_LEXICONS = load_catalogue().lexicons


def said(text: str, question: str, language: str) -> object:
    """What the reply is taken for; None where it is asked again."""
    asked = Question("asked", Kind.YES_NO, {language: question})
    return understand(text, asked, _LEXICONS[language]).value


@pytest.mark.parametrize(
    ("language", "question", "reply"),
    [
        pytest.param("en", "Was your pay late last month?", "on time", id="English"),
        pytest.param("fr", "Votre salaire est-il arrivé en retard ? 1 = oui, 2 = non", "à temps", id="French"),
        pytest.param("fr", "Votre salaire est-il arrivé en retard ? 1 = oui, 2 = non", "en retard", id="its own words"),
        pytest.param("fr", "Avez-vous manqué de nourriture ?", "pas assez", id="a lack"),
        pytest.param("ur", "کیا تنخواہ دیر سے ملی؟ 1=ہاں 2=نہیں", "وقت پر ملی", id="Urdu"),
        pytest.param("bn", "বেতন কি দেরিতে হয়েছে?", "সময়মতো", id="Bengali"),
        pytest.param("hi", "क्या तनख्वाह देर से मिली?", "देर से मिली", id="Hindi"),
    ],
)
def test_a_question_for_the_bad_thing_takes_no_phrase_for_a_yes_or_a_no(
    language: str, question: str, reply: str
) -> None:
    assert said(reply, question, language) is None


@pytest.mark.parametrize(
    ("language", "question", "reply", "value"),
    [
        pytest.param("en", "Were you paid on time last month?", "my husband was paid", None, id="paid"),
        pytest.param("en", "Were you hurt at work?", "my coworker got hurt", None, id="hurt"),
        pytest.param("ha", "An biya ka a kan lokaci?", "an biya abokina", None, id="Hausa: a friend was paid"),
        pytest.param("ha", "An biya ka a kan lokaci?", "eh abokina", True, id="Hausa: my friend, to the asker"),
        pytest.param("en", "Were you told where the exits are?", "my coworker told me", True, id="who told"),
    ],
)
def test_what_befell_others_says_nothing_of_oneself(language: str, question: str, reply: str, value: object) -> None:
    assert said(reply, question, language) is value


def test_the_answers_a_question_prints_do_not_make_it_one_for_the_bad_thing() -> None:
    assert said("punya", "Apakah kamu punya kontrak? 1 = punya, 2 = tidak punya", "id") is True


@pytest.mark.parametrize(
    ("question", "reply", "value"),
    [
        pytest.param("Avez-vous reçu tout votre salaire ?", "il manque 5000", False, id="a part of the whole"),
        pytest.param("Avez-vous été payé ?", "il manque 5000", None, id="no whole was asked for"),
        pytest.param("Êtes-vous en sécurité au travail ?", "j'ai peur", False, id="fear, of safety"),
        pytest.param("Vous a-t-on forcé à travailler ?", "j'ai peur", None, id="fear, of something else"),
        pytest.param("Vous a-t-on forcé à travailler ?", "je suis libre", False, id="free, of force"),
        pytest.param("Pouvez-vous quitter le travail ?", "je suis libre", True, id="free, of leaving"),
        pytest.param("Avez-vous été payé à temps ?", "2 semaines de retard", False, id="weeks late, of being on time"),
        pytest.param("Votre dortoir est-il propre ?", "c'est sale", False, id="dirty, of clean"),
    ],
)
def test_a_phrase_of_one_matter_answers_questions_about_it_alone(question: str, reply: str, value: object) -> None:
    assert said(reply, question, "fr") is value


@pytest.mark.parametrize(
    ("reply", "value"),
    [
        pytest.param("non 3000 ont été coupés", False, id="a no before what was cut"),
        pytest.param("non 1", None, id="a no and the number of yes"),
        pytest.param("2 non", False, id="a no and its number"),
        pytest.param("oui 5", None, id="a yes and a number of nothing"),
    ],
)
def test_a_number_beside_a_no_is_a_remark_only_where_more_is_said(reply: str, value: object) -> None:
    assert said(reply, "Avez-vous reçu tout votre salaire ?", "fr") is value


@pytest.mark.parametrize("reply", ["oui si le chef accepte", "oui si je demande", "oui s'il y a peu de travail"])
def test_a_yes_on_a_condition_is_asked_again(reply: str) -> None:
    assert said(reply, "Pouvez-vous quitter votre travail librement ?", "fr") is None


def test_a_phrase_may_hold_words_that_look_polite() -> None:
    assert said("c'est le cas", "Avez-vous été payé ?", "fr") is True


@pytest.mark.parametrize(
    ("language", "question", "reply", "value"),
    [
        pytest.param("en", "Were you paid on time?", "never late", None, id="never late"),
        pytest.param("en", "Were you paid on time?", "nobody was paid late", None, id="nobody late"),
        pytest.param("fr", "Avez-vous été payé à temps ?", "non en retard", False, id="no, late"),
        pytest.param("hi", "क्या तनख्वाह समय पर मिली?", "kabhi late nahi", None, id="late behind which a not stands"),
        pytest.param("fr", "Vous a-t-on forcé à travailler ?", "non on a forcé", None, id="a no, and what it denies"),
        pytest.param("fr", "Vous a-t-on forcé à travailler ?", "on ne nous force pas", False, id="denied once"),
        pytest.param("es", "¿Le obligaron a trabajar?", "no me obligaron", False, id="a no that is the not of it"),
    ],
)
def test_a_no_that_denies_the_bad_or_is_taken_back_is_asked_again(
    language: str, question: str, reply: str, value: object
) -> None:
    assert said(reply, question, language) is value


@pytest.mark.parametrize(
    ("language", "reply"),
    [
        ("en", "the boss told us to say yes"),
        ("en", "my friend says yes"),
        ("fr", "mon chef m'a dit de dire oui"),
        ("hi", "boss ne bola haan likhna"),
        ("bn", "boss bolse ha likhte"),
        ("id", "disuruh bos jawab ya"),
        ("sw", "bosi alisema niseme ndiyo"),
        ("pt", "o chefe mandou dizer sim"),
    ],
)
def test_what_others_want_to_be_said_is_no_answer(language: str, reply: str) -> None:
    assert said(reply, "?", language) is None


def test_saying_yes_oneself_is_a_yes() -> None:
    assert said("i say yes", "Were you paid on time?", "en") is True


ON_TIME = {
    "en": "Were you paid on time last month?", "es": "¿Le pagaron a tiempo el mes pasado?",
    "pt": "Você foi pago em dia no mês passado?", "tr": "Geçen ay maaşınız zamanında ödendi mi?",
    "id": "Bulan lalu apakah gaji dibayar tepat waktu?", "rw": "Mwahembwe ku gihe ukwezi gushize?",
    "am": "ባለፈው ወር ደመወዝዎ በሰዓቱ ተከፍሎዎታል?", "hi": "क्या पिछले महीने आपको पगार समय पर मिली?",
    "zh": "上个月的工资按时发了吗？", "my": "ပြီးခဲ့တဲ့လက လစာ အချိန်မီ ရခဲ့လား။", "so": "Miyaa mushaharka laguu siiyay waqtigiisii?",
    "yo": "Ṣé wọ́n san owó oṣù rẹ lásìkò?", "sw": "Je, ulilipwa kwa wakati mwezi uliopita?",
}  # fmt: skip


@pytest.mark.parametrize(
    ("language", "reply", "value"),
    [
        pytest.param("en", "late", False, id="late"),
        pytest.param("en", "they paid late", False, id="a verb beside it"),
        pytest.param("en", "always late", False, id="always"),
        pytest.param("en", "salary late", False, id="of the pay"),
        pytest.param("en", "2 days late", False, id="by how much"),
        pytest.param("en", "sometimes late", None, id="at times"),
        pytest.param("en", "no longer late", None, id="no longer"),
        pytest.param("en", "no more late pay", None, id="no more"),
        pytest.param("es", "ya no llega tarde", None, id="no longer, in Spanish"),
        pytest.param("es", "no hay retraso", None, id="no delay, in Spanish"),
        pytest.param("en", "yes, late", None, id="a yes beside it"),
        pytest.param("en", "late?", None, id="asked back"),
        pytest.param("en", "late reply", None, id="of the reply itself"),
        pytest.param("es", "me pagaron tarde", False, id="Spanish"),
        pytest.param("es", "me pagaron por la tarde", None, id="Spanish: in the afternoon"),
        pytest.param("es", "no llegó tarde", None, id="Spanish: it came not late, or no, it came late"),
        pytest.param("pt", "pagaram atrasado", False, id="Portuguese"),
        pytest.param("pt", "boa tarde", None, id="Portuguese: good afternoon"),
        pytest.param("tr", "hep geç", False, id="Turkish: always late"),
        pytest.param("id", "telat 3 hari", False, id="Indonesian: three days late"),
        pytest.param("id", "kadang telat", None, id="Indonesian: at times"),
        pytest.param("rw", "baduhembye batinze", False, id="Kinyarwanda"),
        pytest.param("am", "ዘግይቷል", False, id="Amharic"),
        pytest.param("am", "መዘግየት የለም", None, id="Amharic: there is no delay"),
        pytest.param("hi", "हाँ लेट", None, id="Hindi: yes, late"),
        pytest.param("zh", "晚了", False, id="Chinese"),
        pytest.param("my", "မနောက်ကျပါ", None, id="Burmese: not late"),
        pytest.param("so", "daahid ma jirto", None, id="Somali: there is no delay"),
        pytest.param("sw", "wakati mwingine wanachelewa", None, id="Swahili: at times, a word of which is asked"),
        pytest.param("yo", "ko si idaduro", None, id="Yoruba: there is no delay"),
    ],
)
def test_late_is_a_no_where_being_on_time_was_asked_for(language: str, reply: str, value: object) -> None:
    assert said(reply, ON_TIME[language], language) is value


def test_late_says_nothing_where_something_else_was_asked_for() -> None:
    assert said("late", "Have you been told where the emergency exits are?", "en") is None
    assert said("late", "Was your pay late?", "en") is None


SAFE = {
    "en": "Do you feel safe at work?", "es": "¿Te sientes segura en el trabajo?", "pt": "Você se sente seguro no trabalho?",
    "id": "Apakah Anda merasa aman di tempat kerja?", "vi": "Bạn có thấy an toàn khi làm việc không?",
    "sw": "Je, unajisikia salama kazini?",
}  # fmt: skip
TOLD = {"en": "Have you been told where the emergency exits are?", "fr": "Vous a-t-on dit où sont les sorties ?"}


@pytest.mark.parametrize(
    ("asked", "language", "reply", "value"),
    [
        pytest.param(SAFE, "en", "safe", True, id="the question's own word"),
        pytest.param(SAFE, "en", "very safe", True, id="very"),
        pytest.param(SAFE, "en", "extremely unsafe", False, id="extremely"),
        pytest.param(SAFE, "en", "honestly not safe", False, id="a word that says nothing by itself"),
        pytest.param(SAFE, "en", "not very safe", None, id="not very"),
        pytest.param(SAFE, "en", "not completely safe", None, id="not completely"),
        pytest.param(SAFE, "en", "very", None, id="a stress alone"),
        pytest.param(SAFE, "es", "totalmente segura", True, id="Spanish: totally"),
        pytest.param(SAFE, "es", "no totalmente", None, id="Spanish: not totally"),
        pytest.param(SAFE, "es", "no me siento muy segura", None, id="Spanish: I do not feel very safe"),
        pytest.param(SAFE, "pt", "infelizmente não me sinto seguro", False, id="Portuguese: unfortunately"),
        pytest.param(SAFE, "id", "sangat aman", True, id="Indonesian: very"),
        pytest.param(SAFE, "vi", "rất an toàn", True, id="Vietnamese: very"),
        pytest.param(SAFE, "vi", "không hoàn toàn an toàn", None, id="Vietnamese: not completely"),
        pytest.param(SAFE, "vi", "an toàn không?", None, id="Vietnamese: is it safe?"),
        pytest.param(SAFE, "en", "I really feel safe", True, id="a stress inside a phrase"),
        pytest.param(SAFE, "sw", "salama sana", True, id="Swahili: very"),
        pytest.param(SAFE, "sw", "si salama sana", None, id="Swahili: not very"),
        pytest.param(TOLD, "en", "told us clearly", True, id="how it was told"),
        pytest.param(TOLD, "en", "unfortunately not told", False, id="unfortunately"),
        pytest.param(TOLD, "en", "not properly told", None, id="not properly"),
        pytest.param(TOLD, "fr", "on nous a dit clairement", True, id="French: clearly"),
    ],
)
def test_a_word_that_only_stresses_leaves_an_answer_as_it_is(
    asked: dict[str, str], language: str, reply: str, value: object
) -> None:
    assert said(reply, asked[language], language) is value

"""Twilio's own calculator (npm `sms-segments-calculator`) is the oracle for texts cut between grapheme clusters."""

import json
import shutil
import subprocess
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
import regex

from app.catalogue.catalogue import bundled_surveys, load_catalogue
from app.catalogue.documents import read_yaml
from app.domain.segments import SplitPolicy, segments
from app.domain.survey.parse import parse_survey
from app.domain.wording import Voice, rendered_texts

HERE = Path(__file__).parent
ORACLE = """
const { SegmentedMessage } = require("sms-segments-calculator");
const texts = JSON.parse(require("fs").readFileSync(0, "utf8"));
const bills = texts.map((text) => {
  const message = new SegmentedMessage(text);
  const size = message.encodingName === "GSM-7" ? 7 : 16;
  return [message.encodingName, message.messageSize / size, message.segmentsCount];
});
process.stdout.write(JSON.stringify(bills));
"""

LANGUAGES = {
    "am": "ባለፉት 4 ሳምንታት ለሁሉም ሰዓታት ተከፍሎዎታል? 1 አዎ 2 አይ",
    "ar": "هل حصلت على أجر كل ساعات عملك؟ أجب ١ نعم أو ٢ لا. السَّلامُ عَلَيْكُم",
    "bn": "গত ৪ সপ্তাহে আপনি কি আপনার সব কাজের ঘণ্টার মজুরি পেয়েছেন? হ্যাঁ হলে ১, না হলে ২ লিখুন।",
    "en": "Hello. In the last 4 weeks, were you paid all your hours? Reply 1 for yes, 2 for no.",
    "es": "En las últimas 4 semanas, ¿le pagaron todas las horas? Responda 1 para sí, 2 para no. ¡Gracias!",
    "fil": "Sa nakaraang 4 na linggo, nabayaran ba ang lahat ng oras mo? Sumagot ng 1 kung oo, 2 kung hindi. Señor, piña.",
    "fr": "Ces 4 dernières semaines, avez-vous été payé·e pour toutes vos heures ? 1 = oui, 2 = non. Ça, où, naïf, cœur.",
    "ha": "A makonni 4 da suka wuce, an biya ka duk sa'o'inka? Amsa 1 don i, 2 don a'a. Ɓoye, ɗaki, ƙasa, ƴa, 'ya.",
    "hi": "पिछले 4 हफ़्तों में क्या आपको आपके सभी घंटों का वेतन मिला? हाँ के लिए 1, नहीं के लिए 2 लिखें।",
    "ht": "Nan 4 semèn ki sot pase yo, èske yo peye w tout lè ou te travay? Reponn 1 pou wi, 2 pou non. Mèsi anpil, kòb.",
    "id": "Dalam 4 minggu terakhir, apakah semua jam kerja Anda dibayar? Balas 1 untuk ya, 2 untuk tidak. Terima kasih.",
    "km": "ក្នុងរយៈពេល ៤ សប្តាហ៍ចុងក្រោយ តើអ្នកបានទទួលប្រាក់ឈ្នួលគ្រប់ម៉ោងដែរឬទេ? ខ្ញុំសូមអរគុណ។",
    "lo": "ທ່ານໄດ້ຮັບຄ່າຈ້າງຄົບທຸກຊົ່ວໂມງບໍ່? ນ້ຳດື່ມ ຄຳຕອບ",
    "my": "ပြီးခဲ့သော ၄ ပတ်အတွင်း သင်အလုပ်လုပ်ခဲ့သော နာရီအားလုံးအတွက် လုပ်ခရရှိပါသလား။ ကျွန်ုပ်တို့ ကျေးဇူးတင်ပါသည်။",
    "ne": "के तपाईंले सबै घण्टाको ज्याला पाउनुभयो? १ हो, २ होइन। स्वास्थ्य, प्रश्न।",
    "pt": "Nas últimas 4 semanas, pagaram todas as suas horas? Responda 1 para sim, 2 para não. Atenção, àquela, põe, você.",
    "rw": "Mu byumweru 4 bishize, wahembwe amasaha yose wakoze? Subiza 1 niba ari yego, 2 niba ari oya. Murakoze ‘cyane’.",
    "si": "ඔබට වැටුප් ලැබුණාද? ශ්‍රී ලංකාව ක්‍රමය",
    "so": "4-tii toddobaad ee la soo dhaafay, ma laguu bixiyay dhammaan saacadahaaga? Ku jawaab 1 haa, 2 maya. Go'aan.",
    "sw": "Katika wiki 4 zilizopita, je, ulilipwa kwa saa zote ulizofanya kazi? Jibu 1 kwa ndiyo, 2 kwa hapana.",
    "ta": "கடந்த 4 வாரங்களில் உங்கள் எல்லா மணிநேரங்களுக்கும் ஊதியம் கிடைத்ததா? க்ஷ ஸ்ரீ",
    "th": "ใน 4 สัปดาห์ที่ผ่านมา คุณได้รับค่าจ้างครบทุกชั่วโมงหรือไม่ ตอบ 1 ใช่ 2 ไม่ใช่ ทำงาน น้ำดื่มสะอาด กำลัง",
    "tr": "Son 4 haftada çalıştığınız tüm saatlerin ücretini aldınız mı? Evet için 1, hayır için 2 yazın. Teşekkürler!",
    "ur": "کیا آپ کو تمام گھنٹوں کی اجرت ملی؟ ہاں کے لیے 1، نہیں کے لیے 2 لکھیں۔",
    "vi": "Trong 4 tuần qua, bạn có được trả đủ tiền cho mọi giờ làm việc không? Trả lời 1 nếu có, 2 nếu không.",
    "yo": "Ní ọ̀sẹ̀ mẹ́rin tó kọjá, ṣé wọ́n san gbogbo wákàtí rẹ? Dáhùn 1 fún bẹ́ẹ̀ ni, 2 fún rárá. Ẹ ṣé, ọ̀rẹ́ mi.",
    "zh": "过去四周,您是否拿到了所有工时的工资?回复1表示是,2表示否。",
}
SENTENCES = {
    "english, curly": "You’re safe to answer — “no one” at the factory will see it…",
    "english, prices": "You were paid €120 [net] of {gross} ~ £140 | 10% \\ tax ^ fine.",
    "bengali, conjuncts": "স্বাস্থ্য ও নিরাপত্তা সম্পর্কে আপনার অভিজ্ঞতা কেমন? শ্রমিক ক্ষতিপূরণ, কর্তৃপক্ষ, জ্ঞান।",
    "hindi, conjuncts": "क्षमा करें, स्वास्थ्य और सुरक्षा के प्रश्न का उत्तर स्पष्ट नहीं है। श्रमिक अधिकार, ज्ञान, विद्यार्थी।",
    "hindi, joiners": "क्‍ष और क्‌ष अलग-अलग लिखे जाते हैं।",
    "vietnamese, decomposed": "Ba\u0323n co\u0301 \u0111u\u031bo\u031b\u0323c tra\u0309 lu\u031bo\u031bng khong?",
    "spanish, plain": "¿Señor, mañana? ¡Ñandú! É Ü ö ä à è ì ò ù",
    "korean": "지난 4주 동안 모든 근무 시간에 대한 급여를 받으셨습니까? 한글 각",
    "emoji": "Thank you 🙏 for your answer 👍 see you next month 😀🎉",
    "emoji, skins": "Well done 👍🏽👏🏿 and ✌🏻 to all",
    "emoji, newer": "ş🏽 🫱🏽 🧑🏿‍🌾 🧑‍🦰 🥰🤌🏻 a‍👨 🏳️‍🌈",
    "emoji, flags": "🇧🇩🇻🇳🇰🇭🇲🇲🇪🇹🇹🇷🇲🇽 all countries",
    "emoji, families": "👨‍👩‍👧 and 👩‍❤️‍👩 and ❤️ and 1️⃣ 2️⃣",
    "line ends": "First line\r\nsecond line\nthird\rfourth – end\r\n",
    "tabs": "a\tb\u00a0c`d",
    "greek": "ΔΦΓΛΩΠΨΣΘΞ are free, αβγ are not",
}
BOUNDARIES = [
    *("a" * n for n in (0, 1, 152, 153, 154, 159, 160, 161, 306, 307, 459, 460)),
    *("€" * n for n in (76, 77, 80, 81, 152, 153, 154, 229, 230)),
    *("a" * shift + "€" * 153 for shift in range(4)),
    *("ক" * n for n in (1, 66, 67, 68, 69, 70, 71, 133, 134, 135, 201, 202)),
    *("👍" * n for n in (33, 34, 35, 36, 66, 67, 68)),
]


def slide(sentence: str) -> list[str]:
    """The sentence repeated and shifted, so that each of its characters comes to stand on a boundary."""
    return [
        sentence,
        *("ş" * shift + sentence * 4 for shift in range(70)),
        *("a" * shift + sentence * 4 for shift in range(9)),
    ]


def ask_the_oracle(texts: list[str]) -> list[list[object]]:
    node = shutil.which("node")
    if node is None or not (HERE / "node_modules" / "sms-segments-calculator").is_dir():
        pytest.skip("the segment oracle is absent: needs node and `npm ci` in tests/peers")
    done = subprocess.run(
        [node, "-e", ORACLE], input=json.dumps(texts), capture_output=True, text=True, cwd=HERE, check=True
    )
    return json.loads(done.stdout)


def shipped(language: str) -> list[str]:
    """What a worker with this language may be sent: the service's texts, and the bundled surveys' questions."""
    texts = load_catalogue().texts
    voice = Voice(texts, "Nirapad Kaj")
    surveys = [parse_survey(read_yaml(path)) for path in bundled_surveys()]
    rendered = [
        text
        for survey in surveys
        for place, text in rendered_texts(survey, replace(voice, survey=survey))
        if place.endswith(f".{language}")
    ]
    return [*texts[language].values(), *rendered]


def assert_the_same_bill(texts: list[str]) -> None:
    ours = [segments(text, SplitPolicy.GRAPHEME) for text in texts]
    assert [[str(bill.encoding), bill.units, bill.count] for bill in ours] == ask_the_oracle(texts)


def texts_joined(texts: list[str]) -> list[str]:
    """Neighbours in one message, as a question follows a note."""
    return [f"{one}\n{other}" for one, other in pairwise(texts)]


def test_every_language_has_its_sentence() -> None:
    assert set(LANGUAGES) == set(load_catalogue().texts)


@pytest.mark.peer
@pytest.mark.parametrize("name", [*LANGUAGES, *SENTENCES, "boundaries"])
def test_twilios_calculator_bills_the_same(name: str) -> None:
    assert_the_same_bill(BOUNDARIES if name == "boundaries" else slide((LANGUAGES | SENTENCES)[name]))


@pytest.mark.peer
@pytest.mark.parametrize("language", LANGUAGES)
def test_twilios_calculator_bills_the_same_for_every_text_that_ships(language: str) -> None:
    texts = shipped(language)
    assert len(texts) > 20
    # Where each character is a cluster of its own, it does not matter which of them stands on a boundary.
    marked = [text for text in texts if regex.search(r"\p{M}", text)]
    shifted = ["ş" * shift + text for at, text in enumerate(marked) for shift in range(at % 3, 67, 3)]
    assert_the_same_bill([*texts, *texts_joined(texts), *shifted])

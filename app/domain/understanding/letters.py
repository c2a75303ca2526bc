"""Letters that writers, keyboards and phones use for one another; folding makes one of each group.

Read off the Unicode character charts: homophone letters (Ethiopic, Arabic), signs that keyboards confuse (Burmese,
Khmer, Thai, Lao), letters of other alphabets that look Latin (phones without Greek send ΥΕS), traditional forms.
"""

_ETHIOPIC = [
    *zip(range(0x1210, 0x1218), range(0x1200, 0x1208), strict=True),  # ሐ as ሀ
    *zip(range(0x1280, 0x1288), range(0x1200, 0x1208), strict=True),  # ኀ as ሀ
    *zip(range(0x1220, 0x1228), range(0x1230, 0x1238), strict=True),  # ሠ as ሰ
    *zip(range(0x12D0, 0x12D7), range(0x12A0, 0x12A7), strict=True),  # ዐ as አ
    *zip(range(0x1340, 0x1347), range(0x1338, 0x133F), strict=True),  # ፀ as ጸ
    (0x1203, 0x1200), (0x1213, 0x1200), (0x1283, 0x1200), (0x12A3, 0x12A0), (0x12D3, 0x12A0),
]  # fmt: skip

_PAIRS = (
    "аaвbеeкkмmнhоoрpсcтtуyхxіiјjѕsһh"  # Cyrillic
    "αaβbεeζzηhιiκkμmνnοoρpτtυyχx"  # Greek, by the shape of the capitals
    "ıiđdɗdɓbƙkƴyøołlħh"  # Latin letters that are no letter with a mark
    "`'´'‘'’'′'ʼ'ʻ'ˈ'ꞌ'"
    "يیىیكکهہةہۃہھہ"  # Arabic script: yeh, kaf, heh
    "ँंါာ沒没個个會会說说對对錯错點点過过間间兩两幾几萬万從从來来這这誰谁時时電电話话後后沒没嗎吗還还發发錢钱號号開开關关謝谢請请歡欢樂乐"
    "٫.٬,،,"
)

LOOKALIKES: dict[int, int | str | None] = {
    **dict(_ETHIOPIC),
    **{ord(letter): twin for letter, twin in zip(_PAIRS[::2], _PAIRS[1::2], strict=True)},
    **dict.fromkeys((0x093C, 0x09BC, 0x0981, 0x0640, 0x20E3)),  # nukta, Bengali chandrabindu, tatweel, keycap
    0x00E6: "ae", 0x0153: "oe", 0x3001: " , ",
}  # fmt: skip
"""For `str.translate`, on decomposed and case-folded text."""

DIGRAPHS = (("เเ", "แ"), ("ເເ", "ແ"), ("្ដ", "្ត"))
"""Two signs that look like another one."""

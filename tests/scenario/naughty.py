# SPDX-License-Identifier: MIT
"""Texts that programs get wrong, our own selection: (name, what is written, what is kept). Only D6 makes a difference: of the
C0 controls, tab and newline stay, all others go."""

C0 = "".join(map(chr, range(0x20)))
LONGEST = 64 * 1024


def kept(text):
    return "".join(c for c in text if c >= " " or c in "\t\n")


TEXTS = [
    ("a blank", " "),
    ("blanks around", "  \t a \n\n "),
    ("all C0 controls", f"a{C0}b"),
    ("Windows lines", "eins\r\nzwei\r\n"),
    ("old Mac lines", "eins\rzwei\r"),
    ("NUL", "vor\0nach"),
    ("terminal escapes", "\x1b[31mrot\x1b[0m \x1b]0;Titel\x07 \x9b31m"),
    ("DEL and C1", "\x7f\x80\x85\x9f"),
    ("German", "Äpfel, Öl, Übung, Straße, STRASSE, ẞ, „Zitat“ – 10 €"),
    ("decomposed", "u\u0308 e\u0301 \u1e0b\u0323 \u212b Å \u00c5"),
    ("stacked marks", "Z" + "".join(map(chr, range(0x300, 0x340)))),
    ("marks without a letter", "\u0301\u0308"),
    ("overrides", "rechnung\u202egpj.exe \u202aa\u202bb\u202dc\u202c"),
    ("isolates, unbalanced", "\u2066a\u2067b\u2068c \u2069\u2069\u2069"),
    ("Hebrew and Arabic", "שלום (123) abc مرحبا ١٢٣"),
    ("Arabic with joiners", "می\u200cخواهم \u200d\u200f\u200e\u061c"),
    ("CJK", "漢字 カタカナ 한국어 ㄱㅏ \u3000全角"),
    ("rare ideographs", "𠀀𪛖𰻞"),
    ("Indic and Thai", "क्षत्रिय ก็ ํ ำ தமிழ் ಕನ್ನಡ"),
    ("emoji with joiners", "👩‍👩‍👧‍👦 🏳️‍🌈 👍🏽 🇩🇪 1️⃣ \U0001f9d1\u200d\U0001f91d\u200d\U0001f9d1"),
    ("a flag of tags", "\U0001f3f4\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f"),
    ("variation selectors", "☺\ufe0e☺\ufe0f 葛\U000e0100"),
    ("non-characters", "\ufffe\uffff\ufdd0\U0001ffff\U0010ffff"),
    ("private use", "\ue000\uf8ff\U000f0000"),
    ("unassigned", "\u0378\U000e0fff"),
    ("replacement and object", "\ufffd\ufffc"),
    ("byte order marks", "\ufeffa\ufeff"),
    ("line and paragraph separators", "a\u2028b\u2029c\x0b\x0c"),
    ("invisible blanks", "a\u00a0b\u00adc\u180ed\u200be\u2060f\u3164g\u115f"),
    ("other digits", "١٢٣ ४५ ½ ² Ⅻ \U0001d7d8"),
    ("Turkish and Greek case", "İıiI ΣσςΑΣ ǅ ﬁ ŉ"),
    ("mathematical letters", "𝕳𝖊𝖑𝖑𝖔 𝒽 ｆｕｌｌ"),
    ("longest ligature", "ﷺ \ufdfd"),
    ("markup", "<script>alert(1)</script> &amp; &#x202e; ]]> <!-- {{7*7}} ${x} %s%n"),
    ("quotes and JSON", '"\\\\"\\u0000\\ud800 {"a":[1]} \'; DROP TABLE x; --'),
    ("paths and shells", "../../etc/passwd $(reboot) `id` | & > C:\\NUL\\"),
    ("mail", "\nFrom: x\n.\nSubject: y\n-- \n> zitiert\n=C3=A4 =?utf-8?q?x?="),
    ("end of a heredoc", "EOF\n\x04\x1a"),
    ("edges of UTF-8", "\x7f\u0080\u07ff\u0800\ud7ff\ue000\uffff\U00010000\U0010ffff"),
    ("one long line", "x" * LONGEST),
    ("many lines", "\n" * LONGEST),
    ("longest of three bytes", "€" * (LONGEST // 3)),
    ("longest of four bytes", "𠀀" * (LONGEST // 4)),
    ("longest of escapes", "\x7f\"\\" * (LONGEST // 3)),
]

NAUGHTY = [(name, text, kept(text)) for name, text in TEXTS]

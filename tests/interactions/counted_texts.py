"""Texts and what a text message of them is paid in: (words, text, parts, units, units left in the last part, alphabet).

Whoever counts, on the server or in the browser, counts these alike.
"""

COUNTED = (
    ("nothing", "", 0, 0, 160, "gsm"),
    ("Italian", "Perché no? È già lì, più giù: sarà così.", 1, 40, 30, "ucs2"),  # È alone is not GSM
    ("Italian of GSM", "Perché no? è già lì, più giù: sarà così, però.", 1, 46, 114, "gsm"),
    ("Spanish", "¿Qué tal, señora? ¡Hasta mañana!", 1, 32, 128, "gsm"),
    ("Spanish, dear", "Su cita es el miércoles a las 5 en Córdoba", 1, 42, 28, "ucs2"),
    ("Portuguese, dear", "Amanhã não há pão", 1, 17, 53, "ucs2"),
    ("Ç is GSM, ç is not", "Ç", 1, 1, 159, "gsm"),
    ("ç", "ç", 1, 1, 69, "ucs2"),
    ("the euro takes two", "20 €", 1, 5, 155, "gsm"),
    ("all of the second table", "\f^{}\\[~]|€", 1, 20, 140, "gsm"),
    ("lines", "a\nb\r\nc", 1, 6, 154, "gsm"),
    ("a tab is not GSM", "a\tb", 1, 3, 67, "ucs2"),
    ("one part, full", "a" * 160, 1, 160, 0, "gsm"),
    ("two parts", "a" * 161, 2, 161, 145, "gsm"),
    ("two parts, full", "a" * 306, 2, 306, 0, "gsm"),
    ("three parts", "a" * 307, 3, 307, 152, "gsm"),
    ("one part, full to the escape", "a" * 158 + "€", 1, 160, 0, "gsm"),
    ("an escape over the end", "a" * 159 + "€", 2, 161, 145, "gsm"),
    ("an escape is not torn from its character", "a" * 152 + "€" + "a" * 152, 3, 306, 152, "gsm"),
    ("brackets at every seam", "]" * 153, 3, 306, 151, "gsm"),
    ("no escapes in the other alphabet", "|" * 69 + "∞", 1, 70, 0, "ucs2"),
    ("UCS-2, two parts", "á" * 71, 2, 71, 63, "ucs2"),
    ("UCS-2, two parts, full", "á" * 134, 2, 134, 0, "ucs2"),
    ("an emoji takes two", "😀", 1, 2, 68, "ucs2"),
    ("thirty-five emoji", "😀" * 35, 1, 70, 0, "ucs2"),
    ("thirty-six emoji: no pair is torn, 66 of 67 are used", "😀" * 36, 2, 72, 61, "ucs2"),
    ("a pair at the seam", "á" * 66 + "😀" + "á" * 66, 3, 134, 66, "ucs2"),
    ("a flag and a family", "🇮🇹👨‍👩‍👧", 1, 12, 58, "ucs2"),
    ("an accent of its own", "e\u0301", 1, 2, 68, "ucs2"),
    ("quotes that a program put in", "“Sì”, l’ha detto…", 1, 17, 53, "ucs2"),
    ("ten parts, full", "a" * 1530, 10, 1530, 0, "gsm"),
    ("eleven parts", "a" * 1531, 11, 1531, 152, "gsm"),
)

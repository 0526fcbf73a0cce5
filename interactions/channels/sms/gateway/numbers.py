"""Numbers as providers write them: with and without a plus, a scheme before it, or as a plan had them once."""

import re

E164 = re.compile(r"\+[1-9][0-9]{6,14}")
WHOLE = re.compile(r"[0-9]{9,15}")  # a whole number without its plus; short codes have fewer digits
_scheme = re.compile(r"(?:whatsapp|rcs|sms|tel):(?=[+0-9 ])", re.IGNORECASE)
_dressed = re.compile(r"(?:\+|00)[ ().\-/]*[1-9][0-9 ().\-/]{5,30}")
COUNTRY, LINE = 2, 8  # digits at the beginning and at the end that tell one number from another


def plain(written: str) -> str:
    """Return a number of whose country there is no doubt in E.164; everything else, a short code or a name, as it is.

    A plus that a form turned into a blank is one again.
    """
    bare = _scheme.sub("", written, count=1)
    if bare.startswith(" ") and re.fullmatch(r" +[0-9]{7,15}", bare):
        bare = f"+{bare.strip()}"
    bare = bare.strip()
    if not _dressed.fullmatch(bare):
        return bare
    return f"+{_digits(bare).removeprefix('00')}"


def are_same(one: str, other: str) -> bool:
    """Tell whether two ways to write a number, or a name, mean the same one.

    Providers leave the plus out, and write some countries' numbers as their plans have them today.
    """
    ours, theirs = _digits(plain(one)), _digits(plain(other))
    if min(len(ours), len(theirs)) < LINE or re.search("[A-Za-z]", one + other):
        return one.strip().casefold() == other.strip().casefold()
    if len(ours) == len(theirs):  # 323 1112233 is another one than 333 1112233
        return ours == theirs
    return (ours[:COUNTRY], ours[-LINE:]) == (theirs[:COUNTRY], theirs[-LINE:])


def _digits(written: str) -> str:
    return re.sub("[^0-9]", "", written)

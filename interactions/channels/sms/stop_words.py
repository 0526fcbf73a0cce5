"""STOP and START in a text message: does it say nothing but that?

Nobody is refused what they did not mean, and nobody who means it is passed over: a word in the middle of a sentence,
a question, a word with anything else beside it than courtesy is an ordinary message, which a person reads.
"""

import re
import unicodedata
from collections.abc import Iterable, Set
from enum import StrEnum

from customers.identity.normalise import composed, fold

LONGEST = 300  # characters; whoever writes more says more


class Word(StrEnum):
    """What a message says. UNSURE: it is obeyed as STOP is; said to one of us, it may be an answer to what was asked.

    START counts for whoever said STOP before.
    """

    STOP = "stop"
    UNSURE = "unsure"
    START = "start"


# As `fold` writes them: no accents, no capitals, no signs.
STARTS = {"start", "unstop"}
CLEAR = {
    # English, and what providers obey in all languages
    "stop", "stopp", "stopall", "stop all", "unsubscribe", "unsubscribe me", "unsub", "optout", "opt out", "opt me out",
    "revoke", "remove me", "take me off", "stop texting", "stop texting me", "stop messaging me", "stop sending",
    "stop contacting me", "do not text me", "dont text me", "do not contact me", "arret", "abmelden",
    # Italian
    "disiscrivimi", "disiscrivetemi", "disiscrivermi", "disiscrivi", "disiscrizione", "disiscrivere", "cancellami",
    "cancellatemi", "rimuovimi", "rimuovetemi", "toglimi", "toglietemi", "disattivami", "cancella iscrizione",
    "annulla iscrizione", "togliermi dalla lista", "non scrivermi piu", "non scrivetemi piu", "non contattatemi piu",
    "non voglio piu sms", "non voglio piu messaggi",
    # Spanish
    "dar de baja", "dar baja", "darse de baja", "darme de baja", "dame de baja", "deme de baja",
    "denme de baja", "quiero darme de baja",
    "desuscribir", "desuscribirme", "desuscribeme", "desuscripcion", "desapuntame", "desapuntarme", "borrame",
    "borrenme", "eliminame", "salir de la lista", "baja de la lista", "anular suscripcion",
    "cancelar suscripcion", "eliminar suscripcion", "no me escriban mas", "no me escribas mas", "no quiero mas sms",
    "no quiero mas mensajes", "dejen de enviar", "deja de enviar",
    # Portuguese
    "descadastrar", "descadastre", "descadastre me", "descadastro", "desinscrever", "desinscrever me", "desinscreva me",
    "desinscricao", "me descadastre", "me remova", "remova me", "remover me", "sair da lista", "cancelar inscricao",
    "cancelar subscricao", "cancelar assinatura", "anular subscricao", "remover da lista", "pare de enviar",
    "parem de enviar", "nao quero mais sms", "nao quero mais mensagens", "nao me mandem mais mensagens",
}  # fmt: skip
UNCLEAR = {  # they mean something else, too: an order is cancelled, a price is high, somebody has enough
    "cancel", "cancelled", "end", "quit", "remove", "delete",
    "annulla", "annullare", "cancella", "cancellare", "basta", "disdici", "disdire", "disattiva", "rimuovi", "elimina",
    "termina", "ferma", "fermatevi", "smettila", "smettetela",
    "baja", "alto", "parar", "para", "cancelar", "cancela", "cancele", "cancelado", "detener", "deten", "salir", "fin",
    "anular", "anula", "borrar", "eliminar", "suspender",
    "pare", "parem", "sair", "remover", "remova", "fim", "encerrar", "chega",
}  # fmt: skip
NONE_OF = {"no", "no more", "niente", "niente piu", "no mas", "nao mais", "sem"}  # only with what it is about
OBJECTS = {  # what somebody wants no more of
    "sms", "mms", "texts", "text", "txt", "txts", "messages", "message", "msg", "msgs",
    "ads", "marketing", "promo", "promos", "promotions", "offers", "spam",
    "messaggi", "pubblicita", "promozioni", "offerte", "notifiche", "newsletter",
    "mensajes", "publicidad", "promociones", "ofertas", "notificaciones",
    "mensagens", "publicidade", "promocoes", "anuncios", "notificacoes",
    "list", "lista", "liste",  # only of who says what they mean: there are shopping lists, too
}  # fmt: skip
LISTS = {"list", "lista", "liste"}
BETWEEN = {  # a verb and what it is about
    "the", "all", "your", "this", "these", "those", "any", "with", "to", "of", "from", "me", "sending", "getting",
    "i", "gli", "le", "la", "ai", "agli", "alle", "alla", "con", "di", "dalla", "dalle", "vostri", "vostre",
    "vostra", "questi", "queste", "questa", "tutti", "tutte",
    "los", "las", "el", "de", "del", "mas", "sus", "estos", "estas", "todos", "todas", "tu", "su",
    "os", "as", "o", "a", "da", "das", "dos", "seus", "suas", "mais", "com", "mailing",
}  # fmt: skip
AND = {"and", "e", "ed", "y", "o", "ou", "or"}  # between two words for STOP
AROUND = {  # a clear one
    "ok", "okay", "yes", "si", "sim", "va", "bene", "vale", "no", "nao", "now", "immediately", "forever", "subito",
    "ora", "adesso", "per", "sempre", "ya", "ahora", "inmediatamente", "ja", "agora", "imediatamente", "definitiva",
}  # fmt: skip
COURTESIES = re.compile(
    r"\b(?:please|pls|plz|thanks|thank you|thx|many thanks|kindly|hi|hello"
    r"|grazie|grazie mille|per favore|perfavore|per piacere|per cortesia|ciao|salve|buongiorno|buonasera"
    r"|gracias|muchas gracias|por favor|porfa|porfavor|hola|buenos dias|buenas"
    r"|obrigado|obrigada|muito obrigado|muito obrigada|por gentileza|ola|bom dia|boa tarde)\b"
)
SIGNED = re.compile(
    r"\n\s*(?:-- ?\n|sent from |sent via |get outlook |inviato da|inviata da|enviado de|enviado do )|\n[^\n]+:\s*\n\s*>"
)
QUOTED = re.compile(r"^\s*>.*$", re.MULTILINE)
SPELT = re.compile(r"\b(?:\w ){2,}\w\b")  # S-T-O-P
CODE = re.compile(r"(.+?) [0-9]{4,6}")  # "STOP 4711", as it is printed below what some companies send


def read(text: str, told: str = "", us: Iterable[str] = ()) -> Word | None:
    """Return what a message says, None if it says something else or more.

    told: "stop" or "start" where the provider knew the word, perhaps one of its own, and has obeyed it already. us: our
    names, which some put behind it.
    """
    words = _words(text)
    found = _found(words) or next(filter(None, (_found(_before(words, fold(name))) for name in us)), None)
    if told == Word.STOP:
        return Word.UNSURE if found is Word.UNSURE else Word.STOP
    if told == Word.START:
        return Word.START
    return None if "?" in composed(text, "NFKC") else found


def _words(text: str) -> str:
    """Return the words of a message as the lists above write them, without what a phone puts below; "" if too many."""
    seen = "".join(sign for sign in text if unicodedata.category(sign) not in ("Cf", "Mn", "Me", "Cs"))
    lines = (line.strip() for line in seen.replace("\x00", "").lower().split("\n"))
    body = SIGNED.split("\n".join(filter(None, lines)), maxsplit=1)[
        0
    ]  # no empty lines: patterns would go astray in them
    body = QUOTED.sub("", body).strip() or body
    folded = fold(body.replace(".", " ").replace("…", " ")) if len(body) <= LONGEST else ""
    words = SPELT.sub(lambda found: found[0].replace(" ", ""), folded).split()
    if len(set(words)) == 1:
        words = words[:1]  # STOP STOP STOP
    return " ".join(words)


def _before(words: str, name: str) -> str:
    """Return what stands before a name that ends a message, courtesy aside; "" if it does not."""
    bare = " ".join(COURTESIES.sub(" ", words).split())
    return bare.removesuffix(f" {name}") if name and bare.endswith(f" {name}") else ""


def _found(words: str) -> Word | None:
    if words in STARTS:
        return Word.START
    if words in CLEAR or _names_what(words):
        return Word.STOP
    bare = " ".join(COURTESIES.sub(" ", words).split())
    coded = CODE.fullmatch(bare)
    bare = coded[1] if coded else bare
    is_unsure = bare in CLEAR | UNCLEAR or _names_what(bare) or _names_what(bare, BETWEEN) or _says_it_twice(bare)
    return Word.UNSURE if is_unsure else None


def _names_what(words: str, between: Set[str] = frozenset()) -> bool:
    """Tell whether a word for STOP and what it is about is all that there is: "stop sms", "basta pubblicità"."""
    verb, _space, thing = words.rpartition(" ")
    verbs = CLEAR if thing in LISTS else CLEAR | UNCLEAR | NONE_OF
    while thing in OBJECTS and verb and verb not in verbs:
        verb, _space, last = verb.rpartition(" ")
        verb = verb if last in between else ""
    return thing in OBJECTS and bool(verb)


def _says_it_twice(words: str) -> bool:
    """Tell whether there are only words for STOP, a clear one among them: "ok, stop", "stop and unsubscribe"."""
    said = [word for word in words.split() if word not in AND | AROUND]
    return any(word in CLEAR for word in said) and all(word in CLEAR | UNCLEAR for word in said)

"""Which text messages are a STOP, and which only hold such a word."""

import pytest

from interactions.channels.sms.stop_words import Word, read

STOPS = """
STOP|stop|StOp|STOP.|Stop!!|«stop»|"STOP"|'stop'|“Stop”| stop |STOP⏎| STOP⏎|¡STOP!|(stop)|[STOP]|*STOP*|_stop_|stop…
ＳＴＯＰ|ＳＴＯＰ．|ⓢⓣⓞⓟ|S\u200bT\u200bO\u200bP|\ufeffSTOP|\u202eSTOP\u202c|ST\u00adOP|S\ufe0fT\ufe0fO\ufe0fP\ufe0f|ST\x00OP
🛑 STOP|STOP 😡|STOP🙏🏽|S.T.O.P.|S-T-O-P|s t o p|stop stop STOP|Stóp|STOP⏎⏎Sent from my iPhone|Stop⏎Inviato da Outlook
STOPALL|stop all|Unsubscribe|UNSUB|OPTOUT|opt-out|Opt Out.|REVOKE|STOP SMS|stop messages|No more sms|Remove me|arrêt
disiscrivimi|Disiscrivimi!|CANCELLAMI|cancellatemi.|rimuovimi|Basta pubblicità|basta SMS!|stop promozioni
Annulla iscrizione
darme de baja|Dar de baja|DESUSCRIBIR|Bórrame|baja sms|no más sms|> STOP|alto publicidad|Cancelar suscripción
descadastrar|Descadastre-me|desinscrição|sair sms|parar mensagens|cancelar inscrição|PARE SMS
"""
UNSURE = """
cancel|CANCEL.|End|quit|QUIT!|remove|annulla|Annulla.|cancella|basta|BASTA!!|disdici|baja|BAJA.|¡Alto!|alto|parar
Parar|cancelar
salir|detener|fin|anular|pare|PARE!|sair|Sair.|remover|fim|chega|para|Stop. Thank you|stop please|Please STOP
STOP grazie
Buongiorno, stop per favore|Basta, grazie|STOP 4711|stop 36173|cancelar por favor|Sair, obrigado|ＢＡＪＡ|ca\u0301ncelar
"""
STARTS = "START|start.|Start!|UNSTOP|«unstop»|ＳＴＡＲＴ|S\u200bTART"
ORDINARY = """
please stop by tomorrow|non stop|non-stop|NONSTOP|quando smette? stop alle 5|stop alle 5|Stop!Non so|stop it
one stop|don't stop
Can you stop the delivery|I will stop in at the shop|bus stop|pit stop|full stop|STOP?|Stop ?|annulla?|stopped
stopping|stopper
Cancel my order|please cancel the appointment|annulla l'ordine|annulla tutto|cancella l'appuntamento di domani
basta così
Cancelar el pedido|la baja temporada|talla baja|muy alto|para mañana|quiero parar a las 5|sair mais cedo|pare aqui
fim de semana
end of the month|the end|quit smoking|no|No.|No more|no más|NO!|no grazie|sì|si|Sì!|yes|YES|ok|sim|certo|claro|HELP
help|INFO|aiuto|ayuda|ajuda
Liked “Reply STOP to stop”|Ha messo "mi piace" a «Rispondi STOP»|STOP 5|stop 12|stop 4711 5|STOP⏎alle 5 davanti al bar
fine
Fine|🛑|✋|👍|.|…|?|\u200b||restart|start at 5|start tomorrow|subscribe|alta|Mira STOP Kovač|Kovač|STOPSTOP IT|st op
"""


TWICE_OR_ABOUT_IT = """
STOP BASTA|Stop, unsubscribe!|stop and unsubscribe|Stop.⏎Cancel.|Ok, stop|No. STOP|Sì, stop grazie|vale, stop|Alto, ALTO
Stop/Basta
Stop...grazie|Stop.Grazie|S T O P grazie|stop the messages|please stop sending messages|stop sending me texts
remove me from your mailing list|cancellami dalla lista|stop agli sms|basta con i messaggi, grazie|annulla le notifiche
STOP subito|Stop now please|STOP YA|Stop, já!|baja ya, stop|take me off this list|stop msgs, thanks
no más de sus mensajes por favor|sair das mensagens|quiero darme de baja de la lista
"""
QUOTING = """
Non scrivetemi più!|No me escriban más|Don't text me|Não quero mais mensagens.|STOP TXT
STOP⏎⏎Il giorno 1 dic, alle 10, Meridiana ha scritto:⏎> Sconti|> Sconti fino a domenica⏎STOP|STOP.STOP|stop sending
"""
MORE_IS_SAID = """
ok annulla|va bene, cancella|sì, basta|cancella la lista|annulla la lista nozze|stop e riparti|non stop messaggi|stop a
basta ora|pare agora|alto ya|stop fino a domani|stop per un mese|non scrivetemi alle 8|no quiero más|para o almoço
cancel my text appointment
STOP. Non voglio perderlo|Ne ho una lista|le offerte|mailing list|stop⏎Anna|Annulla⏎> Confermi?⏎per ora
"""


def split(texts):
    """Return the messages of a list; ⏎ is a new line in one of them."""
    return [one.replace("⏎", "\n") for line in texts.strip("\n").splitlines() for one in line.split("|")]


@pytest.mark.parametrize(
    ("texts", "word"),
    [
        (STOPS, Word.STOP), (UNSURE, Word.UNSURE), (STARTS, Word.START), (ORDINARY, None),
        (TWICE_OR_ABOUT_IT, Word.UNSURE), (QUOTING, Word.STOP), (MORE_IS_SAID, None),
    ],
)  # fmt: skip
def test_a_message_is_a_stop_only_when_it_says_nothing_else(texts, word):
    wrong = {text: found for text in split(texts) if (found := read(text)) is not word}
    assert wrong == {}


@pytest.mark.parametrize(
    ("text", "told", "word"),
    [
        ("Ciao Anna, a domani", "stop", Word.STOP),
        ("basta", "stop", Word.UNSURE),
        ("STOP", "help", Word.STOP),
        ("Mandatemi ancora", "start", Word.START),
        ("AIUTO", "help", None),
        ("x" * 100_000, "", None),
        ("stop " * 59, "", Word.STOP),
    ],
)
def test_what_the_provider_obeyed_already_is_obeyed_here(text, told, word):
    assert read(text, told) is word


@pytest.mark.parametrize("text", ["STOP Caffè Meridiana", "Stop, caffe' meridiana. Grazie"])
def test_our_name_behind_a_word_for_stop_is_no_more_than_that(text):
    assert read(text) is None and read(text, us=["", "Caffè Meridiana"]) in (Word.STOP, Word.UNSURE)
    assert read("Mira STOP", us=["Caffè Meridiana"]) is read("Caffè Meridiana", us=["Caffè Meridiana"]) is None

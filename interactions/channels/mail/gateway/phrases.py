"""What mail servers write when they refuse: the phrases behind each reason, in the order in which they are tried."""

import re

from interactions.gateways.contract import Outcome


def _any(*patterns: str) -> re.Pattern[str]:
    return re.compile("|".join(patterns), re.IGNORECASE)


Reasons = tuple[tuple[str, re.Pattern[str]], ...]
FIRST: Reasons = (
    ("filtered", _any(r"550 : user unknown")),  # without the address: how a Japanese carrier says that a filter refused
    (
        "undefined",
        _any(r"requested action not taken: mailbox unavailable"),
    ),  # the stock text of 550, whatever the cause
)
NO_MAIL: Reasons = (
    (
        "notaccept",
        _any(
            r"null ?mx|(?:host|domain) does not accept (?:any )?mail|accepts no mail"
            r"|domain never accepts"
        ),
    ),
)
SOFT_REASONS: Reasons = (
    (
        "mailboxfull",
        _any(
            r"mailbox (?:\S+ )?(?:is |was )?(?:already )?full",
            r"\b(?:over|out of|exceed\w*|beyond)\b.{0,30}\b(?:quota|storage|mailbox (?:size|limit))",
            r"quota.{0,20}(?:exceed|full)|(?:disk|disc|storage).{0,20}(?:full|exceeded|quota)"
            r"|insufficient (?:disk|storage|system storage|space)",
            r"(?:inbox|mailfolder|mail box|mail-?box|folder|account) (?:is )?(?:full|over)"
            r"|mailbox (?:size|has).{0,25}exceed",
            r"number of messages in .{0,20}mailbox exceeded|boite du destinataire pleine"
            r"|not enough (?:storage|disk) space",
            r"no space left on device|user is overquota|mailbox .{0,30}limit exceeded"
            r"|is full\b.{0,30}mailbox|too much mail data",
        ),
    ),
    (
        "mesgtoobig",
        _any(
            r"message (?:\S+ )?(?:is )?too (?:big|large|long)|(?:message|mail|data) size .{0,30}exceed"
            r"|exceed\w* .{0,30}(?:message|mail) size",
            r"message length exceeds|line limit exceeded|too much mail data"
            r"|larger than the current system limit|size limit exceeded",
        ),
    ),
    (
        "suspend",
        _any(
            r"(?:account|mailbox|user|recipient)\S* (?:\S+ ){0,4}(?:suspend|disabl|inactiv|locked"
            r"|deactivat|discontinued|frozen|expired\b)",
            r"(?:disabled|inactive|suspended|locked|deactivated) (?:account|mailbox|user|recipient"
            r"|address)|account that you tried to reach is (?:disabled|inactive)",
            r"temporarily disabled|currently suspended|domain is currently suspended"
            r"|invalid/inactive user|user suspended|is a deactivated mailbox",
        ),
    ),
    (
        "authfailure",
        _any(
            r"\bspf\b|\bdkim\b|\bdmarc\b|unauthenticated (?:e-?mail|sender)|sender id \(pra\)"
            r"|authenticat\w+ (?:check|result|fail)|auth failure",
        ),
    ),
    (
        "requireptr",
        _any(
            r"\bptr\b|reverse dns|\brdns\b|reverse (?:hostname|mapping|lookup)|resolve your (?:hostname"
            r"|ip)|unresolvable relay host",
            r"cannot find your (?:hostname|reverse)|no reverse|client host rejected: cannot find"
            r"|could not resolve address|hostname verification failed",
        ),
    ),
    (
        "spamdetected",
        _any(
            r"\bspam\b|spam(?:my|assassin|trap|haus\b.{0,20}content)|junk mail|unsolicited|bulk e?-?mail"
            r"|blacklisted (?:url|link)|looks like (?:an? )?(?:spam|phish)",
            r"message content rejected|high.{0,10}spam|mail rejet|detected as (?:spam|bulk)"
            r"|content (?:was )?(?:rejected|blocked)",
        ),
    ),
    ("virusdetected", _any(r"\bvirus\b|\bviruses\b|malware|infected|dangerous attachment|worm\b")),
    (
        "blocked",
        _any(
            r"black ?-?list|block ?-?list|\brbl\b|dnsbl|spamhaus|spamcop|barracuda ?central"
            r"|banned sending ip|(?:ip|host|client|server|address) (?:\S+ ){0,4}(?:blocked|banned"
            r"|refused|listed)",
            r"blocked (?:by|for|using|due|because)|(?:poor|bad|low|ip|your) reputation"
            r"|messages from .{0,60}weren'?t sent|access denied, banned|connection (?:refused|dropped"
            r"|rejected) (?:by|due|from)",
            r"relay quota|not (?:allowed|accept\w*) .{0,20}(?:from|connections) .{0,30}(?:ip|dynamic"
            r"|dial)|dynamic(?:ally)? .{0,20}(?:ip|address)|go away|helo command rejected|invalid helo"
            r"|domain .{0,30}mismatches|bad helo",
            r"no(?:t)? welcome|connecting host|abus(?:e|ive)\b",
        ),
    ),
    (
        "norelaying",
        _any(
            r"relay(?:ing)? (?:\S+ ){0,3}(?:denied|not|access|prohibit)|no relay|unable to relay"
            r"|not (?:permitted|allowed) to relay|cannot relay"
        ),
    ),
    (
        "speeding",
        _any(
            r"too (?:many|much|fast|frequent)|rate.?limit|throttl|exceeded .{0,30}(?:rate|connections"
            r"|per (?:hour|day|minute))|try again later|receiving mail (?:at a rate|too quickly)",
            r"greylist|graylist|sending too|too quickly|deferred due",
        ),
    ),
    (
        "rejected",
        _any(
            r"sender (?:\S+ ){0,3}(?:rejected|denied|refused|invalid|unknown|not|verif|does)"
            r"|(?:mail from|from address|sender|return.?path|envelope.?from)\b.{0,60}(?:reject|denied"
            r"|invalid|not (?:exist|allowed|accept)|unknown|malformed)",
            r"domain of sender|sender.{0,20}domain|unroutable sender|bogus (?:mail from|sender)"
            r"|after mail from|rejected by (?:sender|administrator)"
            r"|may not exist, or you may not have permission",
            r"not accept (?:mail|message)s? from|server does not accept mail from|backscatter"
            r"|null sender|empty (?:envelope )?sender|5\.1\.[78]\b|group .{0,40}(?:may not exist|permission)",
            r"we don'?t accept .{0,20}from|not authorized to send|badly formatted (?:mail from|sender)"
            r"|isn'?t allowed to send",
        ),
    ),
    (
        "policyviolation",
        _any(
            r"polic(?:y|ies)\b|prohibited|not compliant|violat|because of .{0,30}(?:rule|filter)"
            r"|attachment .{0,40}(?:not|block|denied)|restricted|blocked attachment|duplicate (?:message"
            r"|header)|rfc ?-?\d{3,4}"
        ),
    ),
    (
        "contenterror",
        _any(
            r"media error|mime|8-?bit|malformed (?:message|header)|improper|message (?:header|parsing)"
            r"|content (?:error|conversion)|missing .{0,20}header"
        ),
    ),
    (
        "expired",
        _any(
            r"expired|timed? ?out|time-?out|in the queue (?:for )?too long|could not be delivered (?:for"
            r"|within)|not delivered within|retry time|could not deliver for the last|delivery time"
            r"|has been (?:delayed|queued)|delayed|will be retried|unable to deliver .{0,20}in \d+",
            r"not responding|could not be reached|has not been (?:able|delivered) .{0,20}(?:for|after)"
            r"|\d+ (?:hours|days).{0,40}(?:not|undeliver)",
        ),
    ),
    (
        "networkerror",
        _any(
            r"loop|too many hops|hop count|connection (?:refused|reset|lost|timed|failed|was)"
            r"|could ?n[o']t (?:connect|establish)|unable to (?:connect|establish)|network (?:error"
            r"|unreach|is unreach)|no route to host|lost connection|dropped .{0,10}connection",
            r"temporary (?:failure|lookup|dns)|host not found, try again"
            r"|name service error .{0,60}try again|wasn't able to establish|dns (?:failure|error|lookup)"
            r"|establish an smtp|server refused",
        ),
    ),
    (
        "systemerror",
        _any(
            r"system error|internal (?:server |software )?error|local (?:configuration )?error"
            r"|unable to contact ldap|server (?:error|configuration|busy|problem)|mailer error|pipe to"
            r"|generated .{0,30}delivery attempt|command (?:failed|died|time)|can'?t create|i/o error"
            r"|resources|out of memory|service (?:unavailable|not available)|please try (?:later|again)"
            r"|local delivery failed"
        ),
    ),
)
HARD_REASONS: Reasons = (
    (
        "userunknown",
        _any(
            r"(?:no|not a|no valid|non-?exist\w*|unknown|invalid|bad|illegal|incorrect|unrouteable"
            r"|undeliverable|unrecognized) (?:\S+ )?(?:local )?(?:such )?(?:user|recipient|mail-?box"
            r"|account|address|destination|person|alias|local.?part|mail ?box)",
            r"no such (?:\S+ )?(?:user|recipient|mailbox|address|account|person|domain|destination|mail"
            r"|local|name|here)|(?:user|recipient|mailbox|account|address|rcpt|username"
            r"|recipient address|alias|mail ?box)(?:'s)? (?:\S+ ){0,6}(?:unknown|not (?:be )?(?:found"
            r"|exist|known|recogni[sz]ed|valid|listed|local)|does ?n[o']t exist|doesn'?t have|not here"
            r"|invalid|isn'?t|unavailable: no)",
            r"unknown (?:user|recipient|address|mailbox|account|or illegal|local)|user unknown"
            r"|recipient unknown|unknown to|does not (?:have|exist)|doesn.t have an? .{0,40}account"
            r"|wasn.t found at|couldn.t be found|recip(?:ient)?notfound"
            r"|recipient (?:name is )?not (?:found|recogni)|not listed in",
            r"this (?:user|account|address|mailbox|recipient) (?:\S+ )?(?:does|is) ?n[o']t"
            r"|no mailbox (?:here|found|by)|not our (?:customer|user)|is not a (?:valid|known|local)"
            r"|no longer (?:valid|exists|in use|available|with)|unable to find (?:the )?(?:recipient"
            r"|user|mailbox)|no account|not a valid (?:mailbox|user|address|recipient)",
            r"見つかりません|リストにありません|存在しません|5\.4\.1 .{0,80}recipient address rejected: access denied",
            r"invalid final delivery userid|check if address is correct|utilisateur inconnu"
            r"|adresse (?:\S+ )?(?:inconnue|invalide|d au moins)|usuario desconocido|unbekannter"
            r"|destinatario (?:sconosciuto|inesistente)|usu.rio (?:desconhecido|inexistente)",
        ),
    ),
    (
        "hostunknown",
        _any(
            r"(?:host|domain|domain name|mx|server)\b.{0,60}(?:unknown|not found|does ?n[o']t exist"
            r"|non-?exist|lookup fail|not exist)|unknown host|unknown domain|no such (?:domain|host)"
            r"|domain name not found|unrouteable (?:mail )?domain|nxdomain|couldn'?t find any host|no mx"
            r"|null ?mx|does not accept mail|illegal host",
            r"domain is not reachable\. please check the domain|(?:mail|host"
            r"|domain) (?:server )?.{0,20}could not be found|invalid domain|bad destination (?:mailbox"
            r"|host|system)",
        ),
    ),
    ("hasmoved", _any(r"has moved|no forwarding address|address (?:has )?changed|moved to")),
)
WEAK_REASONS: Reasons = (
    (
        "filtered",
        _any(
            r"filter|refused by (?:the )?recipient|not accept(?:ed|ing)? (?:any )?(?:mail|message)"
            r"|recipient refused|rejected by the recipient|rejected by recipient|blocked by recipient"
        ),
    ),
    (
        "syntaxerror",
        _any(
            r"syntax error|malformed address|bad sequence|command (?:not |un)(?:recognized|implemented"
            r"|expected)|invalid (?:argument|parameter)|nested mail|protocol error"
        ),
    ),
)

ORDER = ((FIRST, Outcome.SOFT), (NO_MAIL, Outcome.HARD), (SOFT_REASONS, Outcome.SOFT), (HARD_REASONS, Outcome.HARD))

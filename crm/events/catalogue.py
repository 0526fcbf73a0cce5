"""Every kind of fact that Filo records, with what it means. Integrators read this list."""

KINDS = {
    # customers
    "customer.registered": "A customer was created from any source.",
    "customer.changed": "Names, addresses, account or keeper of a customer changed.",
    "customers.imported": "A batch of customers was registered or updated; data holds how many.",
    "import.started": "Somebody let an import file be taken in.",
    "import.finished": "Every row of an import file was taken or skipped.",
    "consent.given": "A customer allowed a purpose on a channel.",
    "consent.withdrawn": "A customer refused a purpose on a channel, or everything but service.",
    # interactions
    "interaction.received": "A customer wrote, called or came in.",
    "interaction.logged": "One of us logged a call, note, meeting or message that happened elsewhere.",
    "interaction.moved": "An interaction was moved to another conversation.",
    "conversation.opened": "A matter was opened.",
    "conversation.settled": "A conversation was closed with an answer.",
    "conversation.reopened": "A settled conversation was opened again.",
    "conversation.given": "A conversation was handed to a colleague or a team.",
    "message.queued": "A personal message was put into the outbox.",
    "message.bounced": "A message came back, or was refused for good.",
    "contact_point.bounced": "An address turned out to take no mail.",
    "call.rang": "A telephone rang.",
    "call.taken": "An agent picked up a ringing call.",
    "call.ended": "A call came to its end.",
    "call.reopened": "The outcome of a call was undone within ten seconds.",
    "call.missed": "Nobody took a call in time.",
    "promise.made": "One of us promised something to a customer.",
    "promise.kept": "A promise was kept.",
    "promise.dropped": "A promise was called off; data holds why.",
    "promise.reopened": "A promise is open again that was kept or called off by mistake; data holds which.",
    "promise.moved": "A promise got another day; data holds the one before, the new one and why.",
    "promise.undone": "The last deed to an open promise was undone: it stands as before; data holds which deed.",
    "promise.handed": "A promise was offered to a colleague; it stays its owner's until they take it.",
    "promise.taken": "A colleague took a promise that was offered to them: it is theirs now.",
    "promise.declined": "A colleague did not take a promise that was offered to them.",
    "promise.withdrawn": "The offer of a promise to a colleague was taken back.",
    # sales
    "purchases.recorded": "A batch of purchases was recorded; data holds how many.",
    # insights
    "segment.saved": "A segment's rule was written or changed.",
    # campaigns
    "campaign.launched": "A campaign began sending.",
    "campaign.paused": "A campaign was paused.",
    "campaign.resumed": "A paused campaign went on.",
    "campaign.stopped": "A campaign waits for a decision: it is late, or came back with a backup; data holds why.",
    "campaign.cancelled": "A campaign was ended before all were written to.",
    "campaign.finished": "Every recipient of a campaign has been handled.",
    "campaign.answered": "A recipient answered a campaign's message for the first time; data holds the answer.",
    # staff
    "user.invited": "An administrator invited a colleague.",
    "user.joined": "An invited colleague set a password.",
    "user.changed": "A colleague's role, team or access changed.",
}

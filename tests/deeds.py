"""Who may write what: every deed, its only writer, the facts that it tells, and the test of how it behaves.

tests/test_writers.py holds the code to it, tests/told/ does every deed and looks at its facts, and the same table
stands in docs/architecture.md.
"""

from dataclasses import dataclass

from tests.writes import ALL, Write

CONVERSATIONS = "interactions/conversations"


@dataclass(frozen=True)
class Deed:
    """What is done to rows of some models, and where. writes: "Model.field field …"; the field "rows": made or removed.

    writers: the only module, or the modules of one family, whose conditional updates hand rows to each other.
    """

    words: str
    writers: tuple[str, ...]
    facts: tuple[str, ...]
    test: str
    writes: tuple[str, ...] = ()

    def written(self) -> set[tuple[str, str]]:
        """Return (model, field) of all that it writes."""
        pairs = (each.partition(".") for each in self.writes)
        return {(model, field) for model, _, fields in pairs for field in fields.split()}

    def line(self) -> str:
        """Return its line of the table in docs/architecture.md."""
        cells = [self.words, *(", ".join(f"`{one}`" for one in some) for some in (self.writers, self.facts))]
        return f"| {' | '.join(cells)} | `{self.test}` |"


OUTBOX = tuple(
    f"interactions/{name}.py"
    for name in (
        "outbox", "claiming", "screening", "holding", "sleeping", "delivering", "concluding", "recovering", "returning",
    )
)  # fmt: skip
CALLS = tuple(f"interactions/{name}.py" for name in ("ringing", "missing", "finishing"))
LAUNCHING = tuple(f"campaigns/{name}.py" for name in ("drafting", "launching", "audience", "sending"))
FIGURING = tuple(f"insights/{name}.py" for name in ("assembling", "refreshing", "passing", "evaluating"))
DEEDS = (
    Deed(
        "a conversation is opened; one in which nothing is left is removed",
        (f"{CONVERSATIONS}/opening.py",),
        ("conversation.opened", "conversation.removed"),
        "tests/interactions/test_told.py",
        ("Conversation.rows opened_at",),
    ),
    Deed(
        "it is settled, reopened, called a complaint, given to somebody",
        (f"{CONVERSATIONS}/settling.py",),
        (
            "conversation.settled", "conversation.reopened", "conversation.given", "complaint.marked",
            "complaint.unmarked",
        ),
        "tests/interactions/test_told.py",
        ("Conversation.status settled_at settled_by is_complaint owner team",),
    ),
    Deed(
        "its card tells what each side said last and since when they wait",
        ("interactions/thread.py",),
        (),
        "tests/interactions/test_card.py",
        (
            "Conversation.their_words their_channel their_at our_words our_channel our_at our_author waiting_since "
            "touched_at interaction_count",
        ),
    ),
    Deed(
        "what was said is written down, or taken back",
        (f"{CONVERSATIONS}/filing.py",),
        ("interaction.received", "interaction.logged", "interaction.taken_back"),
        "tests/interactions/test_told.py",
        ("Interaction.rows", "Original.rows"),
    ),
    Deed(
        "it goes to another conversation, a conversation to another customer, and what points at them with it",
        ("interactions/moving.py",),
        ("interaction.moved", "conversation.joined", "conversation.recognised"),
        "tests/interactions/test_following.py",
        (
            "Conversation.customer", "Interaction.conversation customer words", "Task.conversation customer",
            "Message.conversation customer body_text",
        ),
    ),
    Deed(
        "a promise is made, kept, moved, handed over, called off, undone",
        ("interactions/promising.py",),
        (
            "promise.made", "promise.kept", "promise.dropped", "promise.reopened", "promise.moved", "promise.handed",
            "promise.taken", "promise.declined", "promise.withdrawn", "promise.undone", "promise.unmade",
        ),
        "tests/interactions/test_promising.py",
        ("Task.rows status closed_at closed_by due_on due_at first_due_at owner offered_to", "TaskMove.rows"),
    ),
    Deed(
        "a call rings, is taken, missed, ended, finished, undone",
        CALLS,
        ("call.rang", "call.taken", "call.ended", "call.missed", "call.not_missed", "call.finished", "call.reopened"),
        "tests/interactions/test_calls_facts.py",
        (
            "Call.rows status agent taken_by notes outcome answered_at ended_at finished_at told_over_at "
            "effects_at interaction is_somebody_else",
        ),
    ),
    Deed(
        "somebody says who calls; a moved call follows its conversation",
        (*CALLS, "interactions/moving.py"),
        ("call.named",),
        "tests/interactions/test_following.py",
        ("Call.customer conversation version",),
    ),
    Deed(
        "a message is put into the outbox",
        ("interactions/outbox.py",),
        ("message.queued",),
        "tests/interactions/test_outbox.py",
        ("Message.rows",),
    ),
    Deed(
        "it is claimed, put off, held, sent, in doubt, failed, cancelled, come back",
        OUTBOX,
        ("message.cancelled", "message.failed", "message.dropped", "message.settled", "message.bounced"),
        "tests/interactions/test_delivering.py",
        (
            "Message.status account due_at attempts rounds worker lease_until reason interaction message_ref sent_at "
            "bounced_at delivered_at",
        ),
    ),
    Deed(
        "what it is sent and paid in is noted",
        ("interactions/paying.py",),
        (),
        "tests/interactions/test_sms_carrier.py",
        ("Message.parts part_cost cost_currency",),
    ),
    Deed(
        "an address turns out to be dead, or not theirs, or works again",
        (
            "interactions/returning.py", "interactions/finishing.py", "customers/contacting.py",
            "customers/suppressing.py", "customers/consenting.py",
        ),
        ("contact_point.bounced",),
        "tests/interactions/test_receiving_machines.py",
        ("ContactPoint.bounced_at bounce_reason dead_on complained_at",),
    ),
    Deed(
        "a customer allows or refuses",
        ("customers/consenting.py", "customers/stopping.py"),
        ("consent.given", "consent.withdrawn"),
        "tests/customers/test_reach.py",
        ("Consent.rows proof", "ConsentState.rows"),
    ),
    Deed(
        "a customer is registered or changed",
        ("customers/storing.py", "customers/changing.py"),
        ("customer.registered", "customer.changed", "customers.imported"),
        "tests/customers/test_intake.py",
        ("Customer.rows version changed_at", "Affiliation.rows until_on"),
    ),
    Deed(
        "a file is taken in",
        ("customers/importing.py", "customers/batching.py"),
        ("import.started", "import.finished"),
        "tests/customers/test_importing.py",
        ("ImportFile.rows status mapping options finished_at trouble", "SkippedRow.rows", "ImportedCustomer.rows"),
    ),
    Deed(
        "purchases are recorded",
        ("sales/recording.py",),
        ("purchases.recorded",),
        "tests/sales/test_recording.py",
        ("Purchase.rows", "Product.rows"),
    ),
    Deed("somebody says what a currency is worth from a day on, or takes it back", ("sales/exchanging.py",),
         ("exchange_rate.set", "exchange_rate.removed"), "tests/sales/test_exchanging.py", ("ExchangeRate.rows rate",)),
    Deed("what purchases are worth is counted anew; the books are opened, and follow the organisation's currency",
         ("sales/recounting.py", "sales/bookkeeping.py"), ("currency.changed",), "tests/sales/test_recounting.py",
         ("Purchase.base_cents", "Recount.rows last_on last_number done_count beat_at finished_at",
          "Books.rows is_closing currency")),
    Deed(
        "a segment is written, put away", ("insights/segments.py",), ("segment.saved",),
        "tests/insights/test_segments.py", ("Segment.rows is_archived",),
    ),  # fmt: skip
    Deed(
        "customers are put on a list, or taken off it", ("insights/listing.py",),
        ("segment.listed", "segment.unlisted"), "tests/insights/test_listing.py",
        ("ListedCustomer.rows", "Enlistment.rows reached added_count beat_at finished_at"),
    ),  # fmt: skip
    Deed(
        "figures are worked out, and who is in which segment",
        FIGURING, (), "tests/insights/test_declared_figures.py", (
            "Profile.rows segments", "Pass.rows recipe reached beat_at finished_at", "FailingSource.rows",
            "Segment.evaluated_at trouble member_count", "Membership.rows", "SegmentChange.rows",
        ),
    ),  # fmt: skip
    Deed(
        "a campaign is drafted, launched, paused, ended",
        LAUNCHING,
        (
            "campaign.launched", "campaign.paused", "campaign.resumed", "campaign.stopped", "campaign.cancelled",
            "campaign.finished",
        ),
        "tests/campaigns/test_life.py",
        (
            "Campaign.rows status stopped_because planned_at finished_at changed_at beat_at excluded judged "
            "recipient_count last_recipient",
        ),
    ),
    Deed(
        "a recipient answers it",
        ("campaigns/reactions.py",),
        ("campaign.answered",),
        "tests/campaigns/test_life.py",
        ("Recipient.answered_at",),
    ),
    Deed(
        "its audience is frozen, each is written to or left out, results are counted",
        ("campaigns/audience.py", "campaigns/sending.py", "campaigns/results.py"),
        (),
        "tests/campaigns/test_life.py",
        ("Recipient.rows queued_at reason unsubscribed_at", "Campaign.counted counted_at"),
    ),
    Deed(
        "a colleague is invited, joins, changes role or team, goes",
        ("staff/joining.py", "staff/employing.py", "staff/settling_in.py"),
        ("user.invited", "user.joined", "user.changed"),
        "tests/staff/test_joining.py",
        ("Invitation.rows accepted_at by sent_at", "User.rows name password is_active role team sign_in_round"),
    ),
    Deed(
        "the organisation is set up, or changed",
        ("staff/settling_in.py",),
        ("organisation.changed",),
        "tests/staff/test_settings_pages.py",
        ("Organisation.rows name time_zone",),
    ),
    Deed(
        "somebody asks for a new password of a colleague",
        ("staff/signing_in.py",),
        ("password.forgotten",),
        "tests/staff/test_signing_in.py",
        (),
    ),
    Deed(
        "a colleague says which language they read, and how pages look",
        ("staff/views/profile.py",),
        (),
        "tests/staff/test_settings_pages.py",
        ("User.language theme",),
    ),
    Deed(
        "calls may ring at an agent, or not", ("interactions/attending.py", "staff/employing.py"), (),
        "tests/interactions/test_calls.py", ("User.state state_changed_at",),
    ),
    Deed(
        "a customer's address is added, changed, removed, shared",
        ("customers/contacting.py", "customers/storing.py"),
        (),
        "tests/customers/test_contacting.py",
        ("ContactPoint.rows line is_shared is_first_choice",),
    ),
    Deed(
        "a fact is recorded; what it wakes is owed",
        ("crm/events/recording.py",), (), "tests/crm/test_events.py", ("Event.rows", "Wakeup.rows"),
    ),
    Deed(
        "what is owed to a fact is done, or put off",
        ("crm/events/jobs.py",), (), "tests/crm/test_events.py", ("Wakeup.attempts done_at due_at trouble",),
    ),
)  # fmt: skip

GOVERNED = {model for deed in DEEDS for model, _ in deed.written()}


def writers(model, what):
    """Return the modules that may write this; of what cannot be told more closely all who write that model."""
    mine = [deed for deed in DEEDS if any(one == model and what in (field, ALL) for one, field in deed.written())]
    return {module for deed in mine for module in deed.writers}


def trouble(write: Write) -> str:
    """Return what is wrong with a write, in words; "" if it may be done there."""
    if write.model == "?":
        known = write.among & GOVERNED
        return f"{write}: nobody can tell. Say what it is (QuerySet[{min(known)}])." if known else ""
    if write.model not in GOVERNED:
        return ""
    allowed = writers(write.model, write.what)
    if write.path in allowed:
        return ""
    whose = " or ".join(sorted(allowed)) or "nobody: write a line in tests/deeds.py"
    return f"{write}; that belongs to {whose}."

"""A wording that passes the check can be filled in for anybody: what would fail for one is refused in words."""

from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interactions import templating
from interactions.templating import BadWording, check, compiled

NEVER = "{% if city == 'Nowhere' %}"  # a branch that no sample takes


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("{{ first_name | append }}", "after “append” must stand : and a text in quotes"),
        ("{{ first_name | replace }}", "after “replace” must stand : and a text in quotes"),
        ("{{ first_name | upcase: 'x' }}", "more stands after “upcase” than it takes"),
        ("{{ first_name | append: 'x', 'y' }}", "more stands after “append” than it takes"),
        ("{{ first_name | default: x: 'y' }}", "more stands after “default” than it takes"),
        ("{{ first_name | truncate: 'x' }}", "after “truncate:” must stand a number"),
        ("{{ first_name | truncate: city }}", "after “truncate:” must stand a number"),
        ("{% if first_name > 5 %}x{% endif %}", "is neither larger nor smaller than a number"),
        ("{% if 5 contains city %}x{% endif %}", "nor in one"),
        ("{{ first_name.last }}", "a field has no parts"),
        ("{{ first_name[0] }}", "a field has no parts"),
        (NEVER + "{{ first_name | append }}{% endif %}", "after “append” must stand"),
        (NEVER + "x{% elsif first_name < 5 %}y{% endif %}", "is neither larger nor smaller"),
        (NEVER[:-3] + " and first_name > 5 %}x{% endif %}", "is neither larger nor smaller"),
        (NEVER + "x{% else %}{% unless city %}{{ city | append }}{% endunless %}{% endif %}", "after “append”"),
        ("{% case city %}{% when 'Nowhere' %}{{ city | append }}{% endcase %}", "after “append”"),
        ("{{ city | replace: '', 'aaaaaaaaaa'" + " | replace: 'a', 'aaaaaaaaaaaaaaaaaaaa'" * 4 + " }}", "far too long"),
    ],
)
def test_what_would_fail_for_somebody_is_refused_with_the_place_and_the_reason(body, words):
    with pytest.raises(BadWording) as refused:
        check("Ciao", f"Ciao,\n{body}")
    assert words in str(refused.value)
    assert str(refused.value).startswith("In the message, line 2, “{")


def test_the_subject_is_tried_too():
    with pytest.raises(BadWording, match="In the subject, line 1, “{{ city | append }}”"):
        check("{{ city | append }}", "Ciao")


@pytest.mark.parametrize(
    "body",
    [
        "{% if first_name %}" * 400 + "x" + "{% endif %}" * 400,
        "{% if " + " and ".join(["first_name"] * 3_000) + " %}x{% endif %}",
        "{{ first_name | times: 2 }}",
        "{{ first_name | divided_by: 0 }}",
        "{% if salary > 5 %}x{% endif %}",
        "{% unless city %}{{ salary }}{% endunless %}",
        "{% for x in (1..1000000000) %}{{ x }}{% endfor %}",
        "{% tablerow x in (1..1000000000) %}{{ x }}{% endtablerow %}",
        "{% assign x = first_name %}{{ x }}",
        "{{ 'x' | replace: 'x', salary }}",
    ],
)
def test_what_nests_too_deep_never_ends_or_names_nothing_is_refused(body):
    with pytest.raises(BadWording) as refused:
        check("Ciao", body)
    assert len(str(refused.value)) > 20


def test_what_becomes_far_too_long_is_refused():
    doubled = "{{ city | append: '" + "x" * 3_000 + "' | replace: 'x', 'xxxxxxxxxxxxxxxxxxxxxxxx' }}"
    with pytest.raises(BadWording, match="far too long"):
        check("Ciao", doubled * 30)


def test_what_becomes_far_too_long_for_one_reader_is_refused_for_that_one():
    """Nothing of the length of all their branches together is ever made: it would take the worker's memory."""
    long = "{{ city | append: '" + "x" * 9_000 + "' | replace: 'x', '" + "y" * 100 + "' }}"
    body = NEVER + long * 9 + "{% endif %}"
    assert check("Ciao", body) == ["city"]
    assert compiled("Ciao", body).render({"city": "Roma"}).text == ""
    with pytest.raises(BadWording, match="far too long"):
        compiled("Ciao", body).render({"city": "Nowhere"})


@pytest.mark.parametrize(
    "body", ["{{" * 20_000, "{% comment %}" + "{{" * 20_000 + "{% endcomment %}", "{{ a }}" + "{%" * 20_000]
)
def test_what_is_not_closed_is_refused_at_once(body):
    started = process_time()
    with pytest.raises(BadWording, match="is not closed"):
        check("Ciao", body)
    assert process_time() - started < 1


@pytest.mark.parametrize(
    "body",
    [
        "{{ first_name | truncate: 5 | append: last_name | default: city | replace: 'a', 'b' }}",
        "{% if first_name contains 'a' or city == 'Roma' and last_name > 'M' %}{{ first_name.size }}{% endif %}",
        "{% case city %}{% when 'Roma', 'Bari' %}x{% else %}{{ city }}{% endcase %}",
        "{% comment %}{{ ? }}{% endcomment %}{{ 'x' | upcase }}{{ 5 }}{{ nil }}{{ first_name | default }}",
    ],
)
def test_what_can_be_filled_in_passes(body):
    check("{{ first_name }}", body)


def test_two_fields_that_look_alike_are_told_apart():
    wording = compiled("x", """{{ city | append: "a)|append(b" }} {{ city | append: "a" | append: "b" }}""")
    assert len(wording.slots({"city": "!"})) == 2


FILTERS = st.sampled_from(
    ["append", "append: 'x'", "append: city", "truncate: 3", "truncate: 'x'", "replace: 'a'", "upcase", "upcase: 1"]
    + ["default: 'x'", "strip: 2", "prepend: first_name", "capitalize"]
)
CONDITIONS = st.sampled_from(
    ["city", "city == 'Roma'", "city > 5", "first_name contains city", "5 contains city", "city < first_name"]
)
OUTPUTS = st.builds(
    lambda name, filters: "{{ " + " | ".join([name, *filters]) + " }}",
    st.sampled_from(["first_name", "city", "'x'"]),
    st.lists(FILTERS, max_size=2),
)
BODIES = st.recursive(
    OUTPUTS,
    lambda inner: st.builds(
        lambda one, other, word, yes, no: f"{{% if {one} {word} {other} %}}{yes}{{% else %}}{no}{{% endif %}}",
        CONDITIONS,
        CONDITIONS,
        st.sampled_from(["and", "or"]),
        inner,
        inner,
    ),  # fmt: skip
    max_leaves=4,
)
VALUES = st.fixed_dictionaries(
    {name: st.one_of(st.sampled_from(["", "Roma", "5", "nil"]), st.text(max_size=8)) for name in ("first_name", "city")}
)


@given(BODIES, VALUES)
def test_what_passes_the_check_can_be_filled_in_for_everybody(body, values):
    try:
        check(body.replace("\n", " "), body)
    except BadWording:
        return
    wording = templating.compiled(body, body)
    assert wording.render(values).text == wording.render_slowly(values).text
    wording.slots(values)

"""What marketers may write in a wording, and that the quick way gives what Liquid gives."""

from html import unescape
from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interactions import marking, templating
from interactions.templating import BadWording, Compiled, check, compiled
from tests import make

FIELDS = ("first_name", "city")
LITERALS = st.text(alphabet="abc àß€<&\"'*-#\n.:%", max_size=20).filter(lambda text: "{%" not in text)
FILTERS = st.sampled_from(
    ["", " | default: 'friend'", ' | default: "d\'or <b>"', " | upcase", " | downcase", " | capitalize", " | strip"]
    + [" | append: '!'", " | prepend: 'dear '"]
)
SPOTS = st.builds(
    lambda name, filters: "{{ " + name + "".join(filters) + " }}",
    st.sampled_from(FIELDS),
    st.lists(FILTERS, max_size=3),
)
BODIES = st.lists(st.one_of(LITERALS, SPOTS), max_size=8).map("".join)
VALUES = st.fixed_dictionaries({name: st.text(max_size=12).filter(lambda t: "\x00" not in t) for name in FIELDS})


@given(BODIES, VALUES)
def test_splicing_gives_what_liquid_gives(body, values):
    wording = Compiled("Ciao {{ first_name | default: 'tu' }}", body)
    assert wording.is_spliced
    quick, slow = wording.render(values), wording.render_slowly(values)
    assert (quick.subject, quick.text) == (slow.subject, slow.text)
    assert unescape(quick.html) == unescape(slow.html)


def test_conditions_are_rendered_the_slow_way():
    wording = compiled("x", "{% if city == 'Amalfi' %}Come by!{% else %}We deliver to {{ city }}.{% endif %}")
    assert not wording.is_spliced
    assert wording.render({"city": "Amalfi"}).text == "Come by!"
    assert wording.render({"city": "<Bari>"}).html == "<p>We deliver to &lt;Bari&gt;.</p>"


@pytest.mark.parametrize("city", ["", "Amalfi"])
@pytest.mark.parametrize(
    ("condition", "holds_for_nothing"),
    [
        ("if city", False),
        ("unless city", True),
        ("if first_name and city", False),
        ("if city or first_name == 'Ada'", False),
        ("if first_name == 'Ada'%}{% elsif city", False),
        ("if city != ''", False),
        ("if city == ''", True),
        ("if city == blank", True),
    ],
)
def test_a_condition_asks_whether_a_field_has_a_value(condition, holds_for_nothing, city):
    body = f"{{% {condition} %}}yes{{% end{condition.split()[0]} %}}"
    rendered = compiled("x", body).render({"first_name": "Mira", "city": city})
    assert rendered.text == ("yes" if holds_for_nothing is not bool(city) else "")


def test_what_a_customer_is_called_never_becomes_markup():
    values = {"first_name": '<script>alert("1")</script> **x** [a](https://evil.example)', "city": ""}
    for body in ("Dear {{ first_name }}", "{% if city == '' %}Dear {{ first_name }}{% endif %}"):
        html = compiled("x", body).render(values).html
        assert "<script" not in html and "<strong" not in html and "<a" not in html


def test_marks_become_simple_html_and_readable_text():
    body = (
        "# News\n\nDear {{ first_name }},\n**two** bags.\n\n- one\n- two\n\n[Order here](https://x.example/o?a=1&b=2)"
    )
    rendered = compiled("x", body).render({"first_name": "Mira"})
    assert "<h1>News</h1>" in rendered.html and "<strong>two</strong>" in rendered.html
    assert "<ul><li>one</li><li>two</li></ul>" in rendered.html
    assert '<a href="https://x.example/o?a=1&amp;b=2">Order here</a>' in rendered.html
    assert "Order here: https://x.example/o?a=1&b=2" in rendered.text and "**" not in rendered.text
    assert rendered.text.startswith("News\n\nDear Mira,\ntwo bags.\n\n- one\n")


@pytest.mark.parametrize("marks", ["**a ", "*a ", "[a](https://x", "**a*b", "** ", "***a", "# a ", "\n\n# a "])
def test_marks_that_are_not_closed_cost_no_time(marks):
    started = process_time()
    assert marking.html(marks * 12_000, has_fields=False) and marking.text(marks * 12_000)
    assert process_time() - started < 1


@pytest.mark.parametrize(
    "text, html",
    [
        ("**bold** and **more bold**", "<strong>bold</strong> and <strong>more bold</strong>"),
        ("**not closed and **bold**", "**not closed and <strong>bold</strong>"),
        ("**a *b* c**", "<strong>a <em>b</em> c</strong>"),
        ("5 ** 2 and 3**2", "5 ** 2 and 3**2"),
    ],
)
def test_what_is_bold(text, html):
    assert marking.html(text) == f"<p>{html}</p>"


def test_personal_words_are_not_a_wording():
    assert marking.html("{{ <b> }} 1 < 2", has_fields=False) == "<p>{{ &lt;b&gt; }} 1 &lt; 2</p>"


@pytest.mark.parametrize(
    "body",
    [
        "{{ salary }}",
        "{{ first_name",
        "{% for x in (1..100000000) %}x{% endfor %}",
        "{% include 'secret' %}",
        "{{ first_name | url_encode }}",
        "{{ first_name" + " | upcase" * 9 + " }}",
        "{% if %}x{% endif %}",
    ],
)
def test_what_cannot_be_read_is_refused_when_it_is_saved(body):
    with pytest.raises(BadWording) as refused:
        check("Hello", body)
    assert len(str(refused.value)) > 20


def test_an_unknown_field_is_named_and_the_known_ones_listed():
    with pytest.raises(BadWording, match=r"“salary”.*first_name"):
        check("For {{ salary }}", "x")


def test_check_returns_the_fields_in_use():
    assert check("{{ first_name }}", "{% if city != '' %}{{ city | upcase }}{% endif %}") == ["city", "first_name"]


def test_values_come_in_one_statement_for_all(db, django_assert_num_queries):
    inn = make.make_customer("Locanda del Glicine", kind="company")
    mira, rui = make.make_mira(account=inn, city="Ravello"), make.make_customer("Rui Teles")
    with django_assert_num_queries(1):
        values = templating.values_for([mira.pk, rui.pk], ["first_name", "city", "account"])
    assert values[mira.pk] == {"first_name": "Mira", "city": "Ravello", "account": "Locanda del Glicine"}
    assert values[rui.pk] == {"first_name": "Rui", "city": "", "account": ""}


@pytest.mark.parametrize(
    "body, words",
    [
        ("Ciao {{ first_name", "A field is not closed: write }} after its name."),
        ("Ciao {{ first_name, {{ city }}", "A field is not closed: write }} after its name."),
        ("{% if first_name x", "A condition is not closed: write %} at its end."),
        ("{% if first_name %}x", "A condition has no end: write {% endif %} where it ends."),
        ("{% for x in y %}", "“{% for %}” cannot stand here."),
        ("Ciao {{ }}", "between {{ and }} stands a name"),
        ("Ciao {{ first name }}", "This cannot be read: “{{ first name }}”"),
    ],
)
def test_what_cannot_be_read_is_said_in_plain_words(body, words):
    for subject, text, place in ((body, "", "In the subject: "), ("", body, "In the message: ")):
        with pytest.raises(BadWording) as refused:
            check(subject, text)
        assert str(refused.value).startswith(place) and words in str(refused.value)

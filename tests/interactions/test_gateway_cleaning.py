"""HTML of strangers: nothing in it acts, calls home or leaves its frame; and what it says as text."""

import pytest

from interactions.channels.mail.gateway.cleaning import as_text, clean


@pytest.mark.parametrize(
    "html",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "<a href='javascript:alert(1)'>x</a>",
        "<a href='data:text/html,x'>x</a>",
        "<form action='https://evil.example'><input name=password></form>",
        "<iframe src='https://evil.example'></iframe>",
        "<svg><script>alert(1)</script></svg>",
        "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>",
        "<link rel=stylesheet href='https://evil.example/x.css'>",
        "<style>body{background:url(https://evil.example)}</style>",
        "<p style='background:url(https://evil.example)'>x</p>",
        "<p style='background-image:url(//evil.example)'>x</p>",
        "<td background='https://evil.example/x.png'>x</td>",
        "<p style='position:fixed;top:0'>x</p>",
        "<img src='https://evil.example/pixel.gif'>",
        "<img src='//evil.example/pixel.gif' srcset='https://evil.example/2x 2x'>",
        "<video poster='https://evil.example/x' src='https://evil.example/y'></video>",
        "<base href='https://evil.example/'>",
        "<meta http-equiv=refresh content='0;https://evil.example'>",
        "<object data='https://evil.example'></object>",
        "<p id='filo-main' class='dialog' name=x>x</p>",
    ],
)
def test_nothing_acts_or_calls_home(html):
    cleaned = clean(html).lower()
    for danger in (
        "evil.example",
        "alert",
        "javascript",
        "<img",
        "<form",
        "<input",
        "position",
        "data:",
        "id=",
        "class=",
    ):
        assert danger not in cleaned


def test_links_stay_and_open_apart():
    assert clean('<a href="https://cafe.example/x?a=1&amp;b=2">qui</a>') == (
        '<a href="https://cafe.example/x?a=1&amp;b=2" target="_blank" rel="noopener noreferrer nofollow">qui</a>'
    )


def test_words_and_looks_stay():
    html = '<table><tr><td style="color:red;position:fixed"><b>Ciao</b></td></tr></table>'
    assert clean(html) == '<table><tbody><tr><td style="color:red"><b>Ciao</b></td></tr></tbody></table>'


def test_a_picture_leaves_its_words():
    assert clean('<p><img src="cid:x" alt="La nostra bottega">!</p>') == "<p>[La nostra bottega]!</p>"
    assert "<" not in clean("<img alt='<script>alert(1)</script>'>")


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>Uno</p><p>Due</p>", "Uno\n\nDue"),
        ("<div>Uno</div><div>Due<br>Tre</div>", "Uno\nDue\nTre"),
        ("Uno\n  due\t tre", "Uno due tre"),
        ("<ul><li>uno<li>due</ul>", "- uno\n- due"),
        ("<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>", "a b\nc"),
        ("<style>p{}</style><title>x</title><p>Sì &amp; no&nbsp;!</p>", "Sì & no !"),
        ("<p>x</p><blockquote>y<br>z</blockquote>w", "x\n\n> y\n> z\n\nw"),
        ("<pre>a\n  b</pre>", "a\n  b"),
        ("<b>gr</b>assetto", "grassetto"),
        ("<script>if (a < b) {}</script>dopo", "dopo"),
        ("", ""),
        ("<", "<"),
        ("<p>aperto", "aperto"),
    ],
)
def test_what_it_says_as_text(html, text):
    assert as_text(html) == text

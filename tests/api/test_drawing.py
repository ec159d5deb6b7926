"""Drawing through the facade."""

from __future__ import annotations

import pytest

from inspector import api
from inspector.errors import UsageError
from inspector.report.strict_json import dumps


def test_every_view_of_the_page_is_json_and_every_figure_is_png(differing):
    for key, title in api.view_keys():
        page = api.page_view(differing, key)
        dumps(page)
        assert page["title"] == title
        for figure in page["figures"]:
            assert api.render_figure(differing, key, figure["name"]).startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("key", "name", "theme"),
    [("mel", "nope", "light"), ("nope", "mel", "light"), ("mel", "mel", "pink")],
)
def test_an_unknown_view_figure_or_theme_is_a_sentence(differing, key, name, theme):
    with pytest.raises(UsageError):
        api.render_figure(differing, key, name, theme)

"""Colour tables of the page equal matplotlib's."""

from __future__ import annotations

from matplotlib import colormaps

from inspector.figures.luts import colour_tables


def test_each_table_has_256_rgb_triples_of_the_colormap():
    tables = colour_tables()
    assert {"magma", "RdBu_r", "berlin", "error"} <= set(tables)
    for name, table in tables.items():
        assert len(table) == 768
        assert all(0 <= v <= 255 for v in table)
        if name != "error":
            first = [round(255 * c) for c in colormaps[name](0.0)[:3]]
            assert table[:3] == first
    red, green = tables["error"][-3:], tables["error"][:3]
    assert red[0] > red[1]
    assert green[1] > green[0]

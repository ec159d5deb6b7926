"""The table has one row per pair and one value per column."""

from __future__ import annotations

from inspector.views.tensor_table import table_payload


def test_columns_are_as_long_as_the_comparison(differing):
    table = table_payload(differing)
    assert table["count"] == len(differing.tensors)
    assert {len(column) for column in table["columns"].values()} == {table["count"]}
    row = differing.row_of("step7_step3_dxdt_cond")
    assert table["columns"]["status"][row] == "different"
    assert table["columns"]["candidate"][row] == "ode_step3_v_cond"
    assert "×" in table["columns"]["shape"][row]
    assert table["columns"]["relative_l2"][row] > 0.09
    assert table["columns"]["floor_ratio"][row] > 100
    assert table["columns"]["floor_source"][row] == "dtype"

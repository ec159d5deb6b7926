import warnings

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.colors import to_hex
from matplotlib.figure import Figure

from inspector.analysis.histograms import error_histogram, value_histogram
from inspector.analysis.planes import heat_planes
from inspector.analysis.tensor import compare_pair
from inspector.figures.style import DARK, LIGHT, NAN_COLOUR, render_png
from inspector.figures.tensor import draw_tensor
from inspector.tensors import Layout, TensorPair, TensorRecord

RNG = np.random.default_rng(0)


def drawn(reference, candidate, letters="BCT", theme=LIGHT, name="step1_x", cells=400_000):
    """The figure of a pair with its axes: three heat maps, two histograms, numbers."""
    a, b = np.asarray(reference), np.asarray(candidate)
    records = [
        TensorRecord(n, v.shape, v.dtype.name, "f.npy", 0, load=lambda v=v: v)
        for n, v in ((name, a), ("candidate_x", b))
    ]
    pair = TensorPair(*records, "same name", 1.0, reference_layout=Layout(letters=letters))
    figure = draw_tensor(
        compare_pair(pair), heat_planes(a, b, cells, letters=letters),
        value_histogram(a, b), error_histogram(a, b), theme=theme,
    )  # fmt: skip
    return figure, figure.axes[:6]


def legend_text(axis: Axes) -> str:
    legend = axis.get_legend()
    assert legend is not None
    return "\n".join(t.get_text() for t in legend.get_texts())


def panel_text(axis: Axes) -> str:
    return "\n".join(t.get_text() for t in axis.texts)


@pytest.fixture
def noisy():
    a = RNG.standard_normal((1, 8, 30)).astype(np.float32)
    b = a.copy()
    b[0, 2, 7] += 3
    b[0, 2, 9] -= 1
    return a, b


def test_the_three_pictures_hold_the_data(noisy):
    a, b = noisy
    figure, axes = drawn(a, b)
    assert isinstance(figure, Figure)
    shown = [np.asarray(axis.images[0].get_array()) for axis in axes[:3]]
    assert shown[0].tolist() == a[0].astype("f8").tolist()
    assert shown[1].tolist() == b[0].astype("f8").tolist()
    assert shown[2].tolist() == (b[0].astype("f8") - a[0]).tolist()


def test_both_sides_share_a_scale_and_the_difference_is_centred_at_zero(noisy):
    a, b = noisy
    _, axes = drawn(a, b)
    low, high = float(min(a.min(), b.min())), float(max(a.max(), b.max()))
    assert axes[0].images[0].get_clim() == axes[1].images[0].get_clim() == (low, high)
    bottom, top = axes[2].images[0].get_clim()
    assert bottom == -top and top == np.abs(b.astype("f8") - a).max()


def test_titles_and_axes_name_sides_and_units(noisy):
    _, axes = drawn(*noisy)
    assert axes[0].get_title() == "reference: step1_x"
    assert axes[1].get_title() == "candidate: candidate_x"
    assert "candidate − reference" in axes[2].get_title()
    assert (axes[0].get_xlabel(), axes[0].get_ylabel()) == ("frame", "channel")
    assert axes[3].get_xlabel() == "value"
    assert axes[4].get_xlabel() == "log10 |candidate − reference|"
    bars = [axis.get_ylabel() for axis in axes[0].figure.axes[6:]]
    assert bars == ["value", "value", "error"]


def test_frames_run_along_x_in_stored_units(noisy):
    a, b = noisy
    _, axes = drawn(a, b, cells=60)
    assert axes[0].get_xlim() == (0, 30) and axes[0].get_ylim() == (0, 8)
    assert "mean of" in axes[0].get_xlabel() and "largest error of" in axes[2].get_xlabel()
    assert np.abs(np.asarray(axes[2].images[0].get_array())).max() == pytest.approx(3, rel=1e-6)


def test_nan_has_its_own_colour_and_is_counted(noisy):
    a, b = noisy
    b[0, 0, 0] = np.nan
    _, axes = drawn(a, b)
    image = axes[1].images[0]
    assert np.ma.getmaskarray(image.get_array())[0, 0]
    assert to_hex(image.get_cmap()(np.ma.masked)) == NAN_COLOUR
    assert "candidate (1 NaN or Inf left out)" in legend_text(axes[3])
    assert "1 NaN or Inf left out" in legend_text(axes[4])
    assert "left out of the statistics: 1 of 240" in panel_text(axes[5])


def test_histograms_hold_the_counts_of_both_sides(noisy):
    a, b = noisy
    _, axes = drawn(a, b)
    patches = axes[3].patches
    expected = value_histogram(a, b)
    assert patches[0].get_data().values.tolist() == expected.reference.tolist()
    assert patches[1].get_data().values.tolist() == expected.candidate.tolist()
    assert patches[0].get_data().edges.tolist() == expected.edges.tolist()
    errors = axes[4].patches[0].get_data()
    assert errors.values.sum() == 2
    assert "238 without error" in legend_text(axes[4])


def test_the_tolerance_is_marked_among_the_errors(noisy):
    figure, axes = drawn(*noisy)
    rms = np.sqrt(np.mean(noisy[0].astype("f8") ** 2))
    mark = axes[4].lines[0].get_xdata()[0]
    assert mark == pytest.approx(np.log10(256 * 2.0**-23 * rms))
    assert figure.axes[5].get_title() == "verdict: different"


def test_the_numbers_stand_beside_the_pictures(noisy):
    _, axes = drawn(*noisy)
    text = panel_text(axes[5])
    for word in ("max_abs 3", "relative_l2", "cosine 0.", "norm_ratio 1.", "worst at [0, 2, 7]",
                 "worst frame 7", "worst channel 2: 100.0 %",
                 "noise floors of 1.91e-06 (dtype)"):  # fmt: skip
        assert word in text, word


def test_equal_tensors_have_no_error_distribution():
    a = RNG.standard_normal((1, 3, 4))
    _, axes = drawn(a, a)
    assert "no element differs" in panel_text(axes[4])
    assert axes[2].images[0].get_clim() == (-1.0, 1.0)
    assert "snr_db exact" in panel_text(axes[5])


def test_without_distributions_nothing_is_claimed():
    a = np.zeros((2, 3))
    records = [TensorRecord(n, (2, 3), "float64", "f", 0, load=lambda: a) for n in "ab"]
    found = compare_pair(TensorPair(*records, "same name", 1.0))
    axes = draw_tensor(found, heat_planes(a, a)).axes
    assert panel_text(axes[3]) == panel_text(axes[4]) == "not counted"


def test_a_pair_that_is_not_comparable_shows_its_reason():
    records = [TensorRecord("a", (n,), "float64", "f", 0, load=lambda n=n: np.zeros(n))
               for n in (2, 3)]  # fmt: skip
    found = compare_pair(TensorPair(*records, "same name", 1.0))
    figure = draw_tensor(found, None)
    assert "The shapes differ: 2 in the reference, 3" in panel_text(figure.axes[0])


@pytest.mark.parametrize("theme", [LIGHT, DARK])
@pytest.mark.parametrize(
    ("a", "b"),
    [
        (np.zeros((0, 3)), np.zeros((0, 3))),
        (np.full((2, 3), np.nan), np.full((2, 3), np.inf)),
        (np.full((2, 3), 1.5), np.full((2, 3), 1.5)),
        (np.array([1e300, -1.7e308]), np.array([1.7e308, 1.7e308])),
        (np.array([[1e-310, 0.0]]), np.array([[2e-310, 0.0]])),
        (np.array(3), np.array(4)),
        (np.array([1 + 1j, 2j]), np.array([1 + 1j, 3j])),
        (np.array([True, False]), np.array([True, True])),
        (np.array([2**63 - 1, -(2**63)]), np.array([0, 0])),
        (np.arange(300_000.0), np.arange(300_000.0) + 1),
    ],
    ids=["empty", "nan", "constant", "huge", "tiny", "scalar", "complex", "bool", "int64", "long"],
)  # fmt: skip
def test_every_kind_of_tensor_can_be_rendered(a, b, theme):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        figure, _ = drawn(a, b, letters="", theme=theme, name=r"bad $\frac{x$ name_\n")
        assert render_png(figure, 40).startswith(b"\x89PNG")


def test_the_theme_colours_the_sides(noisy):
    for theme in (LIGHT, DARK):
        figure, axes = drawn(*noisy, theme=theme)
        assert to_hex(figure.get_facecolor()) == theme.background
        edges = [to_hex(p.get_edgecolor()) for p in axes[3].patches]
        assert edges == [theme.reference, theme.candidate]
        assert axes[2].images[0].get_cmap().name == theme.diverging

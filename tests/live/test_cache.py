"""Results are held by key and the oldest leave first."""

from __future__ import annotations

from inspector.live.cache import BoundedCache


def test_the_entry_asked_for_longest_ago_leaves_first():
    cache: BoundedCache[str] = BoundedCache(10)
    cache.put("a", "A", 4)
    cache.put("b", "B", 4)
    assert cache.get("a") == "A"
    cache.put("c", "C", 4)
    assert (cache.get("a"), cache.get("b"), cache.get("c")) == ("A", None, "C")


def test_a_value_larger_than_the_cache_is_not_held():
    cache: BoundedCache[str] = BoundedCache(10)
    cache.put("a", "A", 4)
    assert cache.put("b", "B", 11) == "B"
    assert cache.get("b") is None
    assert cache.get("a") == "A"


def test_a_replaced_entry_gives_its_room_back():
    cache: BoundedCache[str] = BoundedCache(10)
    cache.put("a", "A", 9)
    cache.put("a", "A2", 3)
    cache.put("b", "B", 7)
    assert (cache.get("a"), cache.get("b"), len(cache)) == ("A2", "B", 2)


def test_clear_forgets_everything_and_frees_the_room():
    cache: BoundedCache[str] = BoundedCache(10)
    cache.put("a", "A", 10)
    cache.clear()
    cache.put("b", "B", 10)
    assert (cache.get("a"), cache.get("b")) == (None, "B")

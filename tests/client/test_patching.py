"""A merge patch makes of what is there what is wanted."""

from hypothesis import given
from hypothesis import strategies as st

from foliot.remote.patching import merging
from foliot.transports.http.editing import merge_patch

_LEAVES = st.integers() | st.text(max_size=3) | st.booleans() | st.lists(st.none() | st.integers(), max_size=2)
_DOCUMENTS = st.recursive(_LEAVES, lambda inner: st.dictionaries(st.sampled_from("abcd"), inner, max_size=4))


@given(present=_DOCUMENTS | st.none(), wanted=_DOCUMENTS)
def test_what_is_merged_is_what_is_wanted(present: object, wanted: object) -> None:
    assert merge_patch(present, merging(present, wanted)) == wanted

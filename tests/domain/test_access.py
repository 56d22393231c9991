"""Keys and identities: a secret opens its own key, and a role may what the roles below it may."""

from datetime import UTC, datetime

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from foliot.domain.access import ApiKey, hash_secret, new_secret, split_key
from foliot.domain.errors import Forbidden
from foliot.domain.identity import Identity, Role

NOW = datetime(2026, 5, 1, tzinfo=UTC)
RANKS = list(Role)


def _key(secret: str) -> ApiKey:
    return ApiKey(
        id="k", tenant_id="t", name="ci", role=Role.OPERATOR, prefix="p", hash=hash_secret(secret), created_at=NOW
    )


def test_a_new_key_is_split_into_what_it_was_made_of() -> None:
    for _ in range(200):  # secrets may hold the separator
        text, prefix, secret = new_secret()
        assert split_key(text) == (prefix, secret)


def test_no_two_keys_are_alike() -> None:
    made = [new_secret() for _ in range(1_000)]
    assert len({prefix for _, prefix, _ in made}) == len({secret for _, _, secret in made}) == 1_000


@pytest.mark.parametrize(
    "text", ["", "fol", "fol_", "fol__", "fol_a", "fol_a_", "fol__b", "xyz_a_b", "FOL_a_b", "Bearer fol_a_b"]
)
def test_what_has_not_the_form_of_a_key_is_none(text: str) -> None:
    assert split_key(text) is None


@given(st.text())
def test_any_text_can_be_split(text: str) -> None:
    parts = split_key(text)
    assert parts is None or text == f"fol_{parts[0]}_{parts[1]}"


def test_a_key_opens_with_its_secret_only() -> None:
    _, _, secret = new_secret()
    assert _key(secret).opens(secret)
    assert not _key(secret).opens(secret + "x")
    assert not _key(secret).opens("")


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_any_secret_may_be_tried(secret: str) -> None:
    assert not _key("right").opens(secret) or secret == "right"


def test_a_revoked_key_opens_nothing() -> None:
    assert not msgspec.structs.replace(_key("s"), revoked_at=NOW).opens("s")


def test_the_secret_is_not_kept() -> None:
    text, _, secret = new_secret()
    assert secret not in repr(_key(secret))
    assert text not in repr(_key(secret))


def test_whoever_has_a_key_acts_for_its_tenant_in_its_role() -> None:
    assert _key("s").identity == Identity("t", "ci", Role.OPERATOR)


@pytest.mark.parametrize("role", Role)
def test_a_role_may_what_those_below_it_may(role: Role) -> None:
    for needed in Role:
        if RANKS.index(needed) <= RANKS.index(role):
            Identity("t", "u", role).require(needed)
        else:
            with pytest.raises(Forbidden, match=f"needs the role {needed}"):
                Identity("t", "u", role).require(needed)

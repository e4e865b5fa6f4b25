"""Who is who: callers of different issuers are never taken for each other."""

import pytest
from hypothesis import given, reject
from hypothesis import strategies as st

from deltaci.identity.principal import ID_MAX_LENGTH, OUR_ISSUER, Principal
from deltaci.identity.roles import Role

ISSUERS = st.sampled_from([OUR_ISSUER, "https://a.test", "https://b.test", "https://a.test/alice"])
SUBJECTS = st.text("alice|:/.", min_size=1, max_size=12)


def principal(subject: str, issuer: str = OUR_ISSUER, *roles: Role) -> Principal:
    return Principal(subject, issuer, frozenset(roles))


def test_ours_are_named_by_their_subject_alone() -> None:
    assert principal("alice").id == "alice"
    assert principal("alice", "https://a.test").id == "https://a.test|alice"


@given(ISSUERS, SUBJECTS, ISSUERS, SUBJECTS)
def test_ids_are_equal_only_for_the_same_caller(
    issuer: str, subject: str, other_issuer: str, other_subject: str
) -> None:
    try:
        one, other = principal(subject, issuer), principal(other_subject, other_issuer)
    except ValueError:
        reject()

    assert (one.id == other.id) is (one == other)


@pytest.mark.parametrize(
    "subject",
    ["https://a.test|alice", "a b", "", "-", "a\n", "a\0", "älice", "a" * (ID_MAX_LENGTH + 1)],
)
def test_a_subject_that_could_be_mistaken_is_refused(subject: str) -> None:
    with pytest.raises(ValueError, match="subject"):
        principal(subject)


@pytest.mark.parametrize(
    "subject", ["ada", "ada+ci@example.test", "repo:acme/shop:ref:refs/heads/m"]
)
def test_usual_names_are_subjects(subject: str) -> None:
    assert principal(subject).id == subject


@pytest.mark.parametrize(
    ("subject", "issuer"), [("a\n", "https://a.test"), ("", "https://a.test"), ("a", "https://a|b")]
)
def test_other_issuers_may_not_blur_names_either(subject: str, issuer: str) -> None:
    with pytest.raises(ValueError, match="not a name"):
        principal(subject, issuer)


def test_nobody_is_called_like_another_whose_name_is_too_long() -> None:
    issuer = "https://a.test"
    long = principal("x" * 300, issuer)
    mimic = principal(long.id.removeprefix(f"{issuer}|"), issuer)

    assert len(long.id) == ID_MAX_LENGTH
    assert len({long.id, mimic.id, principal("x" * 301, issuer).id}) == 3


def test_an_admin_is_every_person_and_no_runner() -> None:
    admin = principal("root", OUR_ISSUER, Role.ADMIN)

    assert admin.may_act_as(Role.OBSERVER)
    assert not admin.may_act_as(Role.RUNNER)


@pytest.mark.parametrize(
    ("granted", "asked", "offered"),
    [
        (None, ("gpu", "os:linux"), {"gpu", "os:linux"}),
        ((), ("gpu",), set()),
        (("gpu",), ("gpu", "prod"), {"gpu"}),
        (("gpu", "prod"), ("gpu",), {"gpu"}),
        (
            (),
            ("os:linux", "arch:arm64", "executor:docker", "image"),
            {"os:linux", "arch:arm64", "executor:docker", "image"},
        ),
        ((), ("images", "oslinux", "os", "my-os:linux", ""), set()),
    ],
)
def test_a_runner_offers_what_it_was_granted_and_what_its_machine_is(
    granted: tuple[str, ...] | None, asked: tuple[str, ...], offered: set[str]
) -> None:
    limit = None if granted is None else frozenset(granted)
    runner = Principal("r", OUR_ISSUER, frozenset({Role.RUNNER}), limit)

    assert runner.offers(asked) == offered


@pytest.mark.parametrize(
    ("granted", "offered"),
    [
        (None, {"gpu"}),
        (frozenset({"gpu"}), {"gpu"}),
        (frozenset({"deploy:staging"}), {"deploy:staging"}),
    ],
)
def test_only_a_label_that_is_granted_lets_a_runner_deploy(
    granted: frozenset[str] | None, offered: set[str]
) -> None:
    runner = Principal("runner-1", OUR_ISSUER, frozenset({Role.RUNNER}), labels=granted)
    assert runner.offers(["gpu", "deploy:staging", "deploy:production"]) == offered

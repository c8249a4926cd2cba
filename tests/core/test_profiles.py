"""Facts about OCI configuration files: what a profile says, what it is lent, what it hides."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocigenai_nb.core.errors import ConfigError, ProfileNotFoundError
from ocigenai_nb.core.profiles import Profile, find_profile, parse_profiles
from ocigenai_nb.core.sourced import Sourced, first

FULL = """
[DEFAULT]
user=ocid1.user.oc1..default
fingerprint=20:3b:97
tenancy=ocid1.tenancy.oc1..default
region=us-chicago-1
key_file=~/.oci/default.pem
pass_phrase=open
ocigenai_endpoint=https://inference.generativeai.us-chicago-1.oci.oraclecloud.com

[WORK]
user=ocid1.user.oc1..work
key_file=~/.oci/work.pem
region=eu-frankfurt-1

[SESSION]
security_token_file=~/.oci/sessions/token
"""
PEM = """-----BEGIN PRIVATE KEY-----
MIIEvQIBADANBgkqhkiG9w0BAQEFAASC
BKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj==
-----END PRIVATE KEY-----"""


def parse(text: str, name: str = "DEFAULT") -> Profile:
    return parse_profiles(text)[name]


# What is read


def test_profiles_come_in_the_files_order() -> None:
    assert list(parse_profiles(FULL)) == ["DEFAULT", "WORK", "SESSION"]


def test_a_profile_has_its_own_fields_with_their_source() -> None:
    profile = parse(FULL, "WORK")
    assert profile.name == "WORK"
    assert profile.user == Sourced("ocid1.user.oc1..work", "profile WORK")
    assert profile.region == Sourced("eu-frankfurt-1", "profile WORK")
    assert profile.key_file == Sourced("~/.oci/work.pem", "profile WORK")


def test_what_a_profile_does_not_say_is_lent_by_default_and_says_so() -> None:
    profile = parse(FULL, "WORK")
    lent = "profile WORK, lent by [DEFAULT]"
    assert profile.tenancy == Sourced("ocid1.tenancy.oc1..default", lent)
    assert profile.fingerprint == Sourced("20:3b:97", lent)
    assert profile.pass_phrase == Sourced("open", lent)
    assert profile.endpoint is not None
    assert profile.endpoint.source == lent


def test_default_itself_is_lent_nothing() -> None:
    assert parse(FULL).user == Sourced("ocid1.user.oc1..default", "profile DEFAULT")
    assert parse("[DEFAULT]\nuser=\n").user is None


def test_a_file_without_default_has_profiles_all_the_same() -> None:
    assert parse("[WORK]\nuser=u\n", "WORK").user == Sourced("u", "profile WORK")


def test_what_nobody_says_is_none() -> None:
    profile = parse("[WORK]\n", "WORK")
    assert profile.user is profile.tenancy is profile.region is profile.endpoint is None
    assert profile.key_file is profile.key_content is profile.pass_phrase is None


def test_an_empty_field_counts_as_unsaid() -> None:
    text = "[DEFAULT]\nregion=us-chicago-1\n[WORK]\nregion =   \n"
    assert parse(text, "WORK").region == Sourced("us-chicago-1", "profile WORK, lent by [DEFAULT]")


def test_an_empty_file_has_no_profiles() -> None:
    assert parse_profiles("") == parse_profiles("# nothing here\n") == {}


# The kind of identity


def test_a_profile_with_a_token_file_signs_with_the_token() -> None:
    profile = parse(FULL, "SESSION")
    assert profile.auth == Sourced("security_token", "profile SESSION has a security_token_file")
    assert profile.security_token_file == Sourced("~/.oci/sessions/token", "profile SESSION")


def test_a_profile_without_a_token_file_signs_with_its_key() -> None:
    assert parse(FULL, "WORK").auth == Sourced(
        "api_key", "profile WORK has no security_token_file of its own"
    )


def test_defaults_token_is_never_lent() -> None:
    """A lent token would sign this profile's requests as somebody else."""
    text = "[DEFAULT]\nsecurity_token_file=/t\nkey_file=/k\n[WORK]\nuser=u\n"
    profiles = parse_profiles(text)
    assert profiles["DEFAULT"].auth.value == "security_token"
    assert profiles["WORK"].auth.value == "api_key"
    assert profiles["WORK"].security_token_file is None
    assert profiles["WORK"].key_file == Sourced("/k", "profile WORK, lent by [DEFAULT]")


def test_an_empty_token_file_is_no_token() -> None:
    assert parse("[DEFAULT]\nsecurity_token_file=\n").auth.value == "api_key"


# Keys


def test_key_content_may_have_many_lines() -> None:
    indented = PEM.replace("\n", "\n    ")
    profile = parse(f"[DEFAULT]\nkey_content={indented}\nregion=us-chicago-1\n")
    assert profile.key_content == Sourced(PEM, "profile DEFAULT")
    assert profile.region is not None


@pytest.mark.parametrize(
    ("own", "lent"), [("key_file", "key_content"), ("key_content", "key_file")]
)
def test_an_own_key_of_either_form_beats_a_lent_one_of_the_other(own: str, lent: str) -> None:
    profile = parse(f"[DEFAULT]\n{lent}=theirs\n[WORK]\n{own}=mine\n", "WORK")
    assert getattr(profile, own) == Sourced("mine", "profile WORK")
    assert getattr(profile, lent) is None


def test_a_key_that_is_left_empty_is_no_own_key() -> None:
    profile = parse("[DEFAULT]\nkey_content=theirs\n[WORK]\nkey_file=\n", "WORK")
    assert profile.key_content == Sourced("theirs", "profile WORK, lent by [DEFAULT]")


@pytest.mark.parametrize(
    "phrase", ["100%", "%(user)s", "%%", "a=b:c", "#hash", "a ; b # c", '"quoted"', "ä😀"]
)
def test_a_pass_phrase_is_read_as_it_stands(phrase: str) -> None:
    profile = parse(f"[DEFAULT]\nuser=u\npass_phrase={phrase}\n")
    assert profile.pass_phrase == Sourced(phrase, "profile DEFAULT")


# How files are written


def test_a_byte_order_mark_comments_and_blanks_are_passed_over() -> None:
    text = "\ufeff# mine\n\n; old\n[DEFAULT]\n# who\n  \nUser = u \nREGION: us-chicago-1\n"
    profile = parse(text)
    assert profile.user == Sourced("u", "profile DEFAULT")
    assert profile.region == Sourced("us-chicago-1", "profile DEFAULT")


def test_windows_line_ends_are_line_ends() -> None:
    assert parse(FULL.replace("\n", "\r\n"), "WORK") == parse(FULL, "WORK")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("[A]\nuser=u\n[B]\n[A]\npass_phrase=hunter2\n", "the profile [A] stands there twice"),
        ("[A]\npass_phrase=hunter2\npass_phrase=hunter2\n", "[A] says 'pass_phrase' twice"),
        ("pass_phrase=hunter2\n[A]\n", "line 1 stands before any [profile]"),
        ("[A]\nhunter2\n", "a line is not of the form key=value"),
    ],
)
def test_an_unreadable_file_says_why_and_quotes_no_secret(text: str, why: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse_profiles(text)
    assert str(caught.value).startswith(f"The OCI configuration can't be read: {why}.\n")
    assert "hunter2" not in str(caught.value)
    assert caught.value.__context__ is None


@given(st.text(st.sampled_from("[]=:%#; \n\r\tab\ufeff\0\u2028"), max_size=40))
def test_any_text_gives_profiles_or_the_typed_error(text: str) -> None:
    try:
        profiles = parse_profiles(text)
    except ConfigError as error:
        assert error.remedy  # noqa: PT017 - either outcome is right
    else:
        assert all(profile.name == name for name, profile in profiles.items())


# Finding one


def test_a_profile_is_found_by_its_name() -> None:
    assert find_profile(parse_profiles(FULL), "WORK").name == "WORK"


def test_an_unknown_profile_names_the_ones_there_are_and_the_nearest() -> None:
    with pytest.raises(ProfileNotFoundError) as caught:
        find_profile(parse_profiles(FULL), "wrok")
    assert str(caught.value).splitlines() == [
        "There is no profile 'wrok' in the OCI configuration. Did you mean 'WORK'?",
        "Profiles there are: DEFAULT, WORK, SESSION.",
    ]


def test_where_there_are_no_profiles_the_error_says_none() -> None:
    with pytest.raises(ProfileNotFoundError, match="Profiles there are: none"):
        find_profile({}, "WORK")


# Secrets and sources


def test_a_repr_shows_no_path_pass_phrase_or_key() -> None:
    profile = parse(
        "[DEFAULT]\nuser=ocid1.user\nkey_file=SECRET1\nkey_content=SECRET2\n"
        "pass_phrase=SECRET3\nsecurity_token_file=SECRET4\n"
    )
    assert "ocid1.user" in repr(profile)
    assert "SECRET" not in f"{profile!r} {profile}"


def test_a_sourced_value_reads_with_its_source() -> None:
    assert str(Sourced("us-chicago-1", "OCI_REGION")) == "us-chicago-1 (from OCI_REGION)"


def test_the_first_candidate_with_a_value_wins_and_empty_counts_as_none() -> None:
    assert first((None, "a"), ("", "b"), ("x", "c"), ("y", "d")) == Sourced("x", "c")
    assert first((None, "a"), ("", "b")) is None
    assert first((0, "a")) == Sourced(0, "a")

"""Settings: what the environment says, and one clear sentence for each thing it says wrong."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.settings import BadSettings, Settings

SECRET = "s" * 32
MASTER = {"FAIRLEAD_MASTER_KEY": "k" * 43}
ADDRESSES = {
    "FAIRLEAD_DATABASE_URL": "postgresql://fairlead:secret@db:5432/fairlead",
    "FAIRLEAD_KAFKA_BOOTSTRAP": "kafka:9092,[::1]:9093",
}


def problems(environ: dict[str, str]) -> list[str]:
    with pytest.raises(BadSettings) as caught:
        Settings.from_environment(environ)
    return caught.value.problems


def test_an_empty_environment_means_the_embedded_default() -> None:
    settings = Settings.from_environment({"PATH": "/bin", "FAIRLEAD_PORT": ""})
    assert settings == Settings()
    assert settings.is_embedded
    assert settings.graphql_url == "http://127.0.0.1:8080/graphql"


def test_addresses_given_mean_that_nothing_is_embedded() -> None:
    settings = Settings.from_environment({**ADDRESSES, **MASTER, "FAIRLEAD_TOKEN_SECRET": SECRET})
    assert not settings.is_embedded
    assert settings.addresses == tuple(ADDRESSES.values())


def test_settings_handed_to_another_process_arrive_unchanged(tmp_path: Path) -> None:
    keys = tmp_path / "keys.json"
    keys.touch()
    environ = {
        **ADDRESSES,
        **MASTER,
        "FAIRLEAD_JWKS_FILE": str(keys),
        "FAIRLEAD_PORT": "9000",
        "FAIRLEAD_STALE_AFTER_SECONDS": "0.5",
        "FAIRLEAD_LOG_LEVEL": "WARNING",
    }
    settings = Settings.from_environment(environ)
    assert settings.log_level == "warning"
    assert Settings.from_environment(settings.environment()) == settings


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("PORT", "0", "FAIRLEAD_PORT must be a whole number from 1 to 65535, not '0'."),
        ("PORT", "8080x", "FAIRLEAD_PORT must be a whole number from 1 to 65535, not '8080x'."),
        ("PORT", "٨٠", "FAIRLEAD_PORT must be a whole number from 1 to 65535, not '٨٠'."),
        ("PARTITIONS", "-1", "FAIRLEAD_PARTITIONS must be a whole number from 1 to 1000, not '-1'."),
        (
            "STALE_AFTER_SECONDS",
            "nan",
            "FAIRLEAD_STALE_AFTER_SECONDS must be a number of seconds from 0.1 to 300, not 'nan'.",
        ),
        ("TOKEN_SECRET", "short", "FAIRLEAD_TOKEN_SECRET must have at least 32 bytes."),
        (
            "TOKEN_SECRET",
            "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIA",
            "FAIRLEAD_TOKEN_SECRET must be a random text, not a public key; for keys, FAIRLEAD_JWKS_FILE.",
        ),
        ("TOPIC", "a b", "FAIRLEAD_TOPIC must be a Kafka topic's name, not 'a b'."),
        ("LOG_LEVEL", "loud", "FAIRLEAD_LOG_LEVEL must be one of debug, info, warning, error, not 'loud'."),
        (
            "JWKS_URL",
            "http://id.example/keys",
            "FAIRLEAD_JWKS_URL must be an https address (http only on this machine).",
        ),
        ("JWKS_FILE", "/no/such/file", "FAIRLEAD_JWKS_FILE names no file: '/no/such/file'."),
        (
            "JWKS_URL",
            "https://[::1/keys",
            "FAIRLEAD_JWKS_URL must be an https address (http only on this machine).",
        ),
        (
            "WITNESS_URL",
            "https://id.example:99999/",
            "FAIRLEAD_WITNESS_URL must be an https address (http only on this machine).",
        ),
        ("PROOF_KEY_FILE", "x" * 300, f"FAIRLEAD_PROOF_KEY_FILE names no file: '{'x' * 200}'."),
        ("TOPIC", "..", "FAIRLEAD_TOPIC must be a Kafka topic's name, not '..'."),
        ("HOST", "999.1.1.1", "FAIRLEAD_HOST must be a host name or an address, not '999.1.1.1'."),
        ("HOST", "localhost:80", "FAIRLEAD_HOST must be a host name or an address, not 'localhost:80'."),
        ("DATA_DIR", __file__, f"FAIRLEAD_DATA_DIR names no folder: {__file__!r}."),
        ("DATA_DIR", f"{__file__}/x", f"FAIRLEAD_DATA_DIR names no folder: '{__file__}/x'."),
        ("DATA_DIR", "x" * 300, f"FAIRLEAD_DATA_DIR names no folder: '{'x' * 200}'."),
        ("DATA_DIR", "\udcff", "FAIRLEAD_DATA_DIR holds a character that is no text."),
        ("TOKEN_ISSUER", "\x00", "FAIRLEAD_TOKEN_ISSUER holds a character that is no text."),
        ("PROT", "8080", "FAIRLEAD_PROT is not a setting; did you mean FAIRLEAD_PORT?"),
        ("QQQ", "", "FAIRLEAD_QQQ is not a setting."),
    ],
)
def test_a_bad_setting_gets_one_clear_sentence(name: str, value: str, sentence: str) -> None:
    assert problems({f"FAIRLEAD_{name}": value}) == [sentence]


@pytest.mark.parametrize("port", ["0", "65536", "99999", "abc", "-1"])
def test_a_port_that_is_none_is_refused_in_every_address(port: str) -> None:
    given = {**MASTER, "FAIRLEAD_TOKEN_SECRET": SECRET}
    url, brokers = f"postgresql://me:hunter2@db:{port}/x", f"a:9092,localhost:{port}"
    database = {**given, **ADDRESSES, "FAIRLEAD_DATABASE_URL": url}
    (sentence,) = problems(database)
    assert sentence.startswith("FAIRLEAD_DATABASE_URL must look like postgresql://user:password@host:port/")
    assert "hunter2" not in sentence
    (sentence,) = problems({**given, **ADDRESSES, "FAIRLEAD_KAFKA_BOOTSTRAP": brokers})
    assert sentence == (
        "FAIRLEAD_KAFKA_BOOTSTRAP must be host:port, or several with commas, each port from 1 to 65535, "
        f"not {brokers!r}."
    )


@pytest.mark.parametrize(
    "url",
    ["postgresql://[::1/x", "postgresql://me:p%zz@db/x", "postgresql://db/x?nonsense=1", "postgresql://db"],
)
def test_a_database_address_that_cannot_be_read_is_refused(url: str) -> None:
    given = {**MASTER, **ADDRESSES, "FAIRLEAD_TOKEN_SECRET": SECRET, "FAIRLEAD_DATABASE_URL": url}
    assert problems(given) == [
        "FAIRLEAD_DATABASE_URL must look like postgresql://user:password@host:port/database."
    ]


@pytest.mark.parametrize(
    "bootstrap", ["[zz]:1", "...:9", "é:9", "-:1", "::1:9", "[db]:9", "a:1,,b:1", "a:1,"]
)
def test_a_broker_that_has_no_address_is_refused(bootstrap: str) -> None:
    (sentence,) = problems(
        {**MASTER, **ADDRESSES, "FAIRLEAD_TOKEN_SECRET": SECRET, "FAIRLEAD_KAFKA_BOOTSTRAP": bootstrap}
    )
    assert sentence.startswith("FAIRLEAD_KAFKA_BOOTSTRAP must be host:port")


def test_every_problem_is_told_at_once() -> None:
    assert len(problems({"FAIRLEAD_PORT": "x", "FAIRLEAD_TOPIC": "?", "FAIRLEAD_WHAT": "1"})) == 3


def test_a_bad_database_address_is_told_without_its_password() -> None:
    (first, *_) = problems(
        {**ADDRESSES, "FAIRLEAD_DATABASE_URL": "mysql://me:hunter2@db/x", "FAIRLEAD_TOKEN_SECRET": SECRET}
    )
    assert first.startswith("FAIRLEAD_DATABASE_URL must look like")
    assert "hunter2" not in first


@pytest.mark.parametrize("missing", sorted(ADDRESSES))
def test_one_address_without_the_other_is_refused(missing: str) -> None:
    environ = {name: value for name, value in ADDRESSES.items() if name != missing}
    (sentence,) = problems({**environ, "FAIRLEAD_TOKEN_SECRET": SECRET})
    assert "belong together" in sentence


def test_production_must_say_how_tokens_are_checked() -> None:
    (sentence,) = problems({**ADDRESSES, **MASTER})
    assert sentence.startswith("Nothing says how to check a token")


def test_production_must_say_what_personal_texts_are_encrypted_under() -> None:
    (sentence,) = problems({**ADDRESSES, "FAIRLEAD_TOKEN_SECRET": SECRET})
    assert sentence.startswith("Nothing says what personal texts are encrypted under")


def test_a_master_key_is_not_shown_where_it_is_malformed() -> None:
    (sentence,) = problems({"FAIRLEAD_MASTER_KEY": "hunter2"})
    assert sentence == "FAIRLEAD_MASTER_KEY must be 32 bytes in base64, or several such keys with commas."


def test_two_places_of_the_master_key_are_one_too_many() -> None:
    (sentence,) = problems({**MASTER, "FAIRLEAD_MASTER_KEY_FILE": __file__})
    assert "two ways" in sentence


def test_two_ways_to_check_a_token_are_one_too_many() -> None:
    (sentence,) = problems({"FAIRLEAD_TOKEN_SECRET": SECRET, "FAIRLEAD_JWKS_URL": "https://id.example/keys"})
    assert sentence.endswith("set one of them.")


@given(st.dictionaries(st.sampled_from(sorted(Settings().environment())), st.text()))
def test_any_text_is_read_or_refused_by_a_sentence(environ: dict[str, str]) -> None:
    try:
        assert isinstance(Settings.from_environment(environ), Settings)
    except BadSettings as bad:
        sentences = bad.problems
    else:
        return
    assert all(sentence.endswith((".", "?")) for sentence in sentences)

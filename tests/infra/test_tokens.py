"""Tokens: the right one names its actor; the late, the forged and the malformed one say which they are.

Longer than other files: each rule of its subject has its test here.
"""

import base64
import hmac
import json
import threading
from collections.abc import Generator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet, OctKey, OKPKey, RSAKey

from domain.roles import Role
from infra import tokens
from infra.settings import Settings
from infra.tokens import Actor, BadToken, KeysAway, NotMintable, mint, verify

SECRET = "0123456789abcdef0123456789abcdef"
SETTINGS = Settings(token_secret=SECRET)
AUDITOR = Actor(UUID(int=7), frozenset({Role.AUDITOR}))
RSA = RSAKey.generate_key(2048, {"kid": "rsa"})
EC = ECKey.generate_key("P-256", {"kid": "ec"})
ED = OKPKey.generate_key("Ed25519", {"kid": "ed"})
CLAIMS = {
    "sub": str(UUID(int=7)),
    "roles": ["auditor"],
    "iss": "fairlead",
    "aud": "fairlead",
    "exp": 4_000_000_000,
}


def code(token: str, settings: Settings = SETTINGS) -> str:
    with pytest.raises(BadToken) as caught:
        verify(token, settings)
    return caught.value.code


def signed(claims: dict[str, Any], *, secret: str = SECRET, alg: str = "HS256") -> str:
    return jwt.encode({"alg": alg}, claims, OctKey.import_key(secret), algorithms=[alg])


def part(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


@pytest.fixture
def provider(tmp_path: Path) -> Settings:
    path = tmp_path / "keys.json"
    path.write_text(json.dumps(KeySet([RSA, EC, ED]).as_dict(private=False)))
    return Settings(jwks_file=path)


def test_a_minted_token_names_its_actor() -> None:
    assert verify(mint(AUDITOR, SETTINGS, valid_seconds=60), SETTINGS) == AUDITOR


def test_roles_of_elsewhere_say_nothing_here() -> None:
    token = signed(
        {**CLAIMS, "roles": ["auditor", "project_manager", "system", "root", 5, None, ["administrator"]]}
    )
    assert verify(token, SETTINGS) == AUDITOR


def test_a_token_without_roles_has_none() -> None:
    assert (
        verify(signed({name: CLAIMS[name] for name in ("sub", "iss", "aud", "exp")}), SETTINGS).roles
        == frozenset()
    )


def test_a_late_token_has_expired() -> None:
    assert code(mint(AUDITOR, SETTINGS, valid_seconds=-3_600)) == "EXPIRED"


def test_a_clock_that_is_a_little_off_is_forgiven() -> None:
    assert verify(mint(AUDITOR, SETTINGS, valid_seconds=-5), SETTINGS) == AUDITOR


def test_a_token_signed_with_another_secret_is_forged() -> None:
    assert code(signed(CLAIMS, secret="x" * 32)) == "FORGED"


def test_a_late_token_signed_with_another_secret_is_forged() -> None:
    assert code(signed({**CLAIMS, "exp": 1}, secret="x" * 32)) == "FORGED"


@pytest.mark.parametrize("claim", [{"iss": "other"}, {"aud": "other"}, {"nbf": 3_900_000_000}])
def test_a_token_made_for_elsewhere_or_later_is_forged(claim: dict[str, object]) -> None:
    assert code(signed({**CLAIMS, **claim})) == "FORGED"


@pytest.mark.parametrize("missing", ["sub", "iss", "aud", "exp"])
def test_a_token_that_lacks_a_claim_is_malformed(missing: str) -> None:
    assert code(signed({name: value for name, value in CLAIMS.items() if name != missing})) == "MALFORMED"


@pytest.mark.parametrize(
    "claim", [{"sub": "me"}, {"sub": 5}, {"roles": "auditor"}, {"roles": {"auditor": 1}}]
)
def test_a_token_with_a_senseless_claim_is_malformed(claim: dict[str, object]) -> None:
    assert code(signed({**CLAIMS, **claim})) == "MALFORMED"


@pytest.mark.parametrize("exp", ["soon", None, True, [1], {}, float("inf")])
def test_an_expiry_that_is_no_time_never_passes(exp: object) -> None:
    assert code(signed({**CLAIMS, "exp": exp})) in {"MALFORMED", "FORGED", "EXPIRED"}


def test_an_unsigned_token_is_forged() -> None:
    assert code(f"{part({'alg': 'none'})}.{part(CLAIMS)}.") == "FORGED"


def test_another_algorithm_than_the_secret_s_is_forged(provider: Settings) -> None:
    assert code(signed(CLAIMS, alg="HS512", secret=SECRET * 2), Settings(token_secret=SECRET * 2)) == "FORGED"
    assert code(jwt.encode({"alg": "RS256", "kid": "rsa"}, CLAIMS, RSA)) == "FORGED"
    assert code(signed(CLAIMS), provider) == "FORGED"


@pytest.mark.parametrize("kid", ["rsa", "ec", "ed"])
def test_a_public_key_used_as_a_secret_forges_nothing(kid: str, provider: Settings) -> None:
    key = {"rsa": RSA, "ec": EC, "ed": ED}[kid]
    body = f"{part({'alg': 'HS256', 'kid': kid})}.{part(CLAIMS)}"
    for public in (key.as_pem(private=False), key.as_der(private=False)):
        signature = (
            base64.urlsafe_b64encode(hmac.digest(public, body.encode(), "sha256")).rstrip(b"=").decode()
        )
        assert code(f"{body}.{signature}", provider) == "FORGED"


@pytest.mark.parametrize(
    ("alg", "key"),
    [("RS256", RSA), ("ES256", EC), ("EdDSA", ED), ("Ed25519", ED)],
    ids=lambda value: str(value)[:8],
)
def test_a_token_of_the_identity_provider_names_its_actor(alg: str, key: Any, provider: Settings) -> None:
    token = jwt.encode({"alg": alg, "kid": key.kid}, CLAIMS, key, algorithms=[alg])
    assert verify(token, provider) == AUDITOR


def test_a_key_the_provider_never_published_forges_nothing(provider: Settings) -> None:
    stranger = RSAKey.generate_key(2048, {"kid": "rsa"})
    assert code(jwt.encode({"alg": "RS256", "kid": "rsa"}, CLAIMS, stranger), provider) == "FORGED"
    assert code(jwt.encode({"alg": "RS256", "kid": "new"}, CLAIMS, stranger), provider) == "FORGED"
    assert code(jwt.encode({"alg": "RS256"}, CLAIMS, stranger), provider) == "FORGED"
    carried = {"alg": "RS256", "jwk": stranger.as_dict(private=False)}
    assert code(jwt.encode(carried, CLAIMS, stranger), provider) == "MALFORMED"


def test_with_an_identity_provider_nothing_is_minted(provider: Settings) -> None:
    with pytest.raises(NotMintable):
        mint(AUDITOR, provider, valid_seconds=60)


@pytest.mark.parametrize(
    "content", [b"", b"{}", b"[]", b'{"keys": []}', b'{"keys": [5]}', b"\xff", b'{"keys": {"a": 1}}']
)
def test_keys_that_are_none_are_a_fault_not_a_bad_token(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    path.write_bytes(content)
    with pytest.raises(KeysAway):
        verify(jwt.encode({"alg": "RS256", "kid": "rsa"}, CLAIMS, RSA), Settings(jwks_file=path))


class Provider(HTTPServer):
    """An identity provider that counts how often its keys are asked for."""

    keys: bytes = b""
    asked = 0


class Answer(BaseHTTPRequestHandler):
    """Answers with the keys."""

    def do_GET(self) -> None:
        assert isinstance(self.server, Provider)
        self.server.asked += 1
        self.send_response(200)
        self.end_headers()
        self.wfile.write(self.server.keys)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
        """Say nothing."""


@pytest.fixture
def served() -> Generator[Provider]:
    with Provider(("127.0.0.1", 0), Answer) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def test_keys_are_fetched_once_and_again_for_a_new_key(
    served: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = Settings(jwks_url=f"http://127.0.0.1:{served.server_port}/keys")
    served.keys = json.dumps(KeySet([RSA]).as_dict(private=False)).encode()
    for _ in range(5):
        assert verify(jwt.encode({"alg": "RS256", "kid": "rsa"}, CLAIMS, RSA), settings) == AUDITOR
    assert served.asked == 1
    served.keys = json.dumps(KeySet([RSA, EC]).as_dict(private=False)).encode()
    rotated = jwt.encode({"alg": "ES256", "kid": "ec"}, CLAIMS, EC)
    for _ in range(5):
        assert code(rotated, settings) == "FORGED"  # a stranger's key ids do not make us ask all the time
    assert served.asked == 1
    monkeypatch.setattr(tokens, "KEYS_ASKED_AGAIN_SECONDS", 0.0)
    assert verify(rotated, settings) == AUDITOR


def test_a_provider_that_is_away_leaves_the_keys_known(
    served: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = Settings(jwks_url=f"http://127.0.0.1:{served.server_port}/other-keys")
    served.keys = json.dumps(KeySet([RSA]).as_dict(private=False)).encode()
    token = jwt.encode({"alg": "RS256", "kid": "rsa"}, CLAIMS, RSA)
    assert verify(token, settings) == AUDITOR
    served.keys = b"down for maintenance"
    monkeypatch.setattr(tokens, "KEYS_ASKED_AGAIN_SECONDS", 0.0)
    assert code(jwt.encode({"alg": "ES256", "kid": "ec"}, CLAIMS, EC), settings) == "FORGED"
    assert verify(token, settings) == AUDITOR


@given(st.text() | st.from_regex(r"[A-Za-z0-9_.=-]{0,200}", fullmatch=True))
def test_rubbish_is_a_bad_token(rubbish: str) -> None:
    assert code(rubbish) in {"MALFORMED", "FORGED"}


def holding(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return inner | st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3)


json_values = holding(holding(st.none() | st.booleans() | st.integers() | st.floats() | st.text()))


@given(st.dictionaries(st.sampled_from([*CLAIMS, "nbf", "iat"]), json_values))
def test_rightly_signed_rubbish_is_a_bad_token_or_an_actor(claims: dict[str, Any]) -> None:
    try:
        actor = verify(signed({**CLAIMS, **claims}), SETTINGS)
    except BadToken:
        return
    assert actor.actor_id == UUID(str(claims.get("sub", CLAIMS["sub"])))


@given(
    st.dictionaries(st.sampled_from(["alg", "typ", "kid", "crit", "b64", "jwk", "x5c", "zip"]), json_values)
)
def test_a_header_of_rubbish_is_a_bad_token(header: dict[str, Any]) -> None:
    assert code(f"{part(header)}.{part(CLAIMS)}.{'A' * 43}") in {"MALFORMED", "FORGED"}


@pytest.mark.parametrize("size", [10, 8_193, 1_000_000])
def test_a_token_of_any_size_is_refused_quickly(size: int) -> None:
    assert code("." * size) == "MALFORMED"


def test_a_token_nested_deeply_is_malformed() -> None:
    deep = base64.urlsafe_b64encode(b"[" * 5_000).decode().rstrip("=")
    assert code(f"{deep}.e30.e30") == "MALFORMED"

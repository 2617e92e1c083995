"""Authlib: a confidential client that takes the code by form_post, authenticates by HTTP Basic and checks
the ID token with the issuer's keys."""

import http.server
import os
import subprocess
import sys
import threading
import urllib.parse

import authlib
from authlib.integrations.requests_client import OAuth2Session
from joserfc import jwk, jwt

issuer = os.environ["ISSUER"]
person = os.path.join(os.path.dirname(__file__), "person.py")
arrived = {}


class Door(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        assert self.headers["content-type"] == "application/x-www-form-urlencoded"
        body = self.rfile.read(int(self.headers["content-length"])).decode()
        arrived.update(urllib.parse.parse_qsl(body, strict_parsing=True))
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_):
        pass


door = http.server.HTTPServer(("127.0.0.1", int(os.environ["AUTHLIB_PORT"])), Door)
threading.Thread(target=door.serve_forever, daemon=True).start()

session = OAuth2Session(
    "authlib",
    "an-invented-secret_of.authlib~",
    scope="openid email",
    redirect_uri=f"http://127.0.0.1:{door.server_port}/callback",
    code_challenge_method="S256",
)
session.verify = os.environ["CERTIFICATE"]
session.trust_env = False
metadata = session.get(f"{issuer}/.well-known/openid-configuration", withhold_token=True).json()
assert metadata["issuer"] == issuer and "form_post" in metadata["response_modes_supported"]

verifier = "a-verifier-of-at-least-forty-three-characters-length"
address, state = session.create_authorization_url(
    metadata["authorization_endpoint"],
    code_verifier=verifier,
    nonce="an-invented-nonce",
    response_mode="form_post",
)
subprocess.run([sys.executable, person, address], check=True)
assert arrived["state"] == state and arrived["iss"] == issuer, sorted(arrived)

tokens = session.fetch_token(
    metadata["token_endpoint"], code=arrived["code"], code_verifier=verifier
)
keys = jwk.KeySet.import_key_set(session.get(metadata["jwks_uri"]).json())
claims = jwt.decode(tokens["id_token"], keys, algorithms=["RS256"]).claims
jwt.JWTClaimsRegistry(
    iss={"essential": True, "value": issuer},
    aud={"essential": True, "value": "authlib"},
    nonce={"essential": True, "value": "an-invented-nonce"},
).validate(claims)
person = session.get(metadata["userinfo_endpoint"]).json()
assert person["sub"] == claims["sub"] and person["email"] == "ada@example.org", person
print(f"Authlib {authlib.__version__}: signed in as {person['email']}")

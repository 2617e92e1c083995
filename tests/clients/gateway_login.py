"""The gateway, as apps meet it: a desktop app that waits for its person, a page that refreshes its tokens, and a
form that asks for the password. Once with a Doorstep as the issuer, once with oidc-provider for Node.js."""

import base64
import json
import os
import time

import requests

import person

origin = os.environ["APP_ORIGIN"]


class Program:
    def __init__(self, app):
        self.auth = f"{origin}/{app}/auth"
        self.session = requests.Session()
        self.session.verify = os.environ["CERTIFICATE"]

    def post(self, name, **body):
        return self.session.post(f"{self.auth}/{name}", json=body, timeout=20)

    def get(self, name):
        return self.session.get(f"{self.auth}/{name}", timeout=20)


def claims(jwt):
    payload = jwt.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))


def let_in(program, browser):
    """Has the person sign in for a program that waits: what it then asks with."""
    started = program.post("desktop/start").json()
    waiting = program.post("desktop/poll", handle=started["handle"])
    assert (waiting.status_code, waiting.json()) == (202, {"status": "pending"}), waiting.text
    last = person.sign_in(started["url"], browser)
    assert "You can close this window." in last, last
    return started["handle"]


def fetch(program, handle):
    return program.post("desktop/poll", handle=handle).status_code


def sign_in(app, issuer, groups):
    program, browser = Program(app), person.Browser()
    handle = let_in(program, browser)
    done = program.post("desktop/poll", handle=handle)
    assert (done.status_code, done.json()) == (200, {"status": "success"}), done.text
    assert fetch(program, handle) == 410

    profile = program.get("profile").json()
    assert profile["preferred_username"] == "ada", profile
    assert profile["groups"] == groups, profile
    first = program.post("refresh").json()
    time.sleep(11)  # tokens that came a moment ago are as good as new
    tokens = program.post("refresh").json()
    assert tokens["access_token"] != first["access_token"], "the issuer was asked"
    identity = claims(tokens["id_token"])
    assert (identity["iss"], identity["aud"]) == (issuer, "dash"), identity

    left = program.post("logout").json()["location"]
    assert left.startswith(issuer), left
    assert program.get("profile").status_code == 401
    return program


program = sign_in("door", os.environ["ISSUER"], [])
entered = program.post("login", username="ada", password="correct horse battery staple")
assert entered.status_code == 200, entered.text
assert program.get("profile").json()["preferred_username"] == "ada"
print("The gateway: ada signed in to a desktop app by a Doorstep, and by a form")

provider = f"http://127.0.0.1:{os.environ['PROVIDER_PORT']}"
sign_in("node", provider, ["makers"])
print("The gateway: ada signed in to a desktop app by oidc-provider")

browser, other = person.Browser(), person.Browser()
here, waiting, elsewhere = Program("node"), Program("node"), Program("node")
assert fetch(here, let_in(here, browser)) == 200
assert fetch(elsewhere, let_in(elsewhere, other)) == 200
handle = let_in(waiting, browser)
person.sign_in(f"{provider}/session/end", browser)
assert here.get("profile").status_code == 401
assert fetch(waiting, handle) == 410
assert elsewhere.get("profile").status_code == 200
print("The gateway: ada signed out at oidc-provider, and with that of her desktop apps")

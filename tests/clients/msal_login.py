"""MSAL for Python: an interactive login of a public client, which opens the person's browser itself and
takes the code by form_post only; then a silent refresh; and a login of a device."""

import os
import subprocess
import sys

import msal

issuer = os.environ["ISSUER"]
person = os.path.join(os.path.dirname(__file__), "person.py")
os.environ["BROWSER"] = f"{sys.executable} {person} %s &"

app = msal.PublicClientApplication(
    "msal", oidc_authority=issuer, verify=os.environ["CERTIFICATE"]
)
tokens = app.acquire_token_interactive(["email"], timeout=60)
assert "access_token" in tokens, tokens
claims = tokens["id_token_claims"]
assert claims["preferred_username"] == "ada", claims

account = app.get_accounts()[0]
again = app.acquire_token_silent_with_error(["email"], account=account, force_refresh=True)
assert again and "access_token" in again, again
assert again["access_token"] != tokens["access_token"]

flow = app.initiate_device_flow(["email"])
subprocess.run([sys.executable, person, flow["verification_uri_complete"]], check=True)
device = app.acquire_token_by_device_flow(flow)
assert device["id_token_claims"]["sub"] == claims["sub"], device
print(f"MSAL for Python {msal.__version__}: signed in, refreshed, and signed in on a device as {claims['preferred_username']}")

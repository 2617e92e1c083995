"""MSAL for Python: an interactive login of a public client, which opens the person's browser itself and
takes the code by form_post only; then a silent refresh."""

import os
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
print(f"MSAL for Python {msal.__version__}: signed in and refreshed as {claims['preferred_username']}")

"""Canaille, an identity server written in Python on Authlib, as the place where people sign in: Doorstep is its
client. Listens on CANAILLE_PORT until it is stopped, and keeps everything in memory. Whoever opens /close-ada
closes ada's account."""

import datetime
import os

from canaille import create_app
from canaille.app import models
from joserfc.jwk import RSAKey
from werkzeug.serving import run_simple

port = int(os.environ["CANAILLE_PORT"])
issuer = os.environ["ISSUER"]

app = create_app({
    "SECRET_KEY": "an invented key",
    "SERVER_NAME": f"127.0.0.1:{port}",
    "PREFERRED_URL_SCHEME": "http",
    "CANAILLE": {"DATABASE": "memory", "JAVASCRIPT": False, "HTMX": False},
    "CANAILLE_OIDC": {"ACTIVE_JWKS": [RSAKey.generate_key(2048, auto_kid=True).as_dict(private=True)]},
})

with app.app_context():
    backend = app.backend
    ada = models.User(
        user_name="ada", display_name="ada", formatted_name="Ada Example", family_name="Example",
        emails=["ada@canaille.example"], password="correct horse battery staple",
    )
    backend.save(ada)
    backend.save(models.Group(display_name="makers", members=[ada]))
    doorstep = models.Client(
        client_id="doorstep", client_secret="an-invented-secret_of.doorstep~", client_name="Doorstep",
        redirect_uris=[f"{issuer}/upstream/canaille/callback"],
        post_logout_redirect_uris=[f"{issuer}/upstream/canaille/signed-out"],
        grant_types=["authorization_code", "refresh_token"], response_types=["code"],
        scope=["openid", "profile", "email", "groups"], token_endpoint_auth_method="client_secret_basic",
        id_token_signed_response_alg="RS256",
    )
    backend.save(doorstep)
    doorstep.audience = [doorstep]
    backend.save(doorstep)


@app.get("/close-ada")
def close():
    ada.lock_date = datetime.datetime.now(datetime.timezone.utc)
    app.backend.save(ada)
    return "closed"


run_simple("127.0.0.1", port, app, threaded=True)

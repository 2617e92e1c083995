"""oidc-agent: keeps the tokens of people who work at a terminal. It gets them once with oidc-gen, which
listens on loopback, and gives programs fresh ones by oidc-token. It knows no response mode but the default."""

import os
import re
import signal
import subprocess
import sys
import tempfile

issuer, certificate = os.environ["ISSUER"], os.environ["CERTIFICATE"]
port = os.environ["OIDC_AGENT_PORT"]
person = os.path.join(os.path.dirname(__file__), "person.py")
folder = tempfile.TemporaryDirectory()
environment = dict(os.environ, HOME=folder.name, OIDC_CONFIG_DIR=folder.name)
environment["OIDC_ENCRYPTION_PW"] = "an invented password"


def run(*command):
    ended = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60)
    if ended.returncode != 0:
        raise SystemExit(f"{command[0]}: {ended.stdout}{ended.stderr}")
    return ended.stdout


environment.update(re.findall(r"(OIDC\w+)=([^;]+);", run("oidc-agent")))
try:
    generation = subprocess.Popen(
        ["oidc-gen", "doorstep", f"--issuer={issuer}", "--client-id=oidc-agent", "--client-secret=",
         f"--redirect-uri=http://localhost:{port}", "--scope=openid email offline_access", "--flow=code",
         f"--cert-path={certificate}", "--pw-env", "--prompt=none", "--no-url-call", "--no-scheme",
         "--confirm-default"],
        env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )
    said = ""
    for line in generation.stdout:
        said += line
        address = re.search(r"https://\S+/authorize\?\S+", line)
        if address:
            subprocess.run([sys.executable, person, address[0]], check=True)
            break
    said += generation.communicate(timeout=60)[0]
    assert generation.returncode == 0, said
    first = run("oidc-token", "doorstep").strip()
    again = run("oidc-token", "--force-new", "doorstep").strip() 
    assert first.count(".") == 2 and again != first, (first, again)
finally:
    os.kill(int(environment["OIDCD_PID"]), signal.SIGTERM)
print("oidc-agent: signed in and refreshed as ada")

#!/usr/bin/env python3
"""A person at a browser without scripts: opens the address that a program gives, signs in, agrees to
everything, and sends each form on. Clients start it as their browser.

    person.py ADDRESS [--print]     with --print, prints the last page
"""

import http.cookiejar
import os
import ssl
import sys
import urllib.parse
import urllib.request
from html.parser import HTMLParser

ANSWERS = {"username": "ada", "login": "ada", "password": "correct horse battery staple"}
BUTTONS = {"loopback", "allow", "approved", "continue", "accept", "yes"}
MOST_PAGES = 8


class Forms(HTMLParser):
    """The forms of a page: where each goes, its fields and its buttons."""

    def __init__(self, page):
        super().__init__()
        self.forms = []
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        if tag == "form":
            self.forms.append((attributes.get("action", ""), {}))
        elif tag in ("input", "button") and self.forms and "name" in attributes:
            name, fields = attributes["name"], self.forms[-1][1]
            if tag == "input":
                fields[name] = ANSWERS.get(name, attributes.get("value", ""))
            elif attributes.get("value") in BUTTONS:
                fields[name] = attributes["value"]


def origin(address):
    parts = urllib.parse.urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}"


class Browser:
    def __init__(self):
        trust = ssl.create_default_context(cafile=os.environ["CERTIFICATE"])
        self.open = urllib.request.build_opener(
            urllib.request.ProxyHandler({}),
            urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()),
            urllib.request.HTTPSHandler(context=trust),
        ).open

    def go(self, address, fields=None, before=None):
        """Opens an address, with a form's fields if there are any. Redirects are followed."""
        request = urllib.request.Request(address, headers={"Accept": "text/html"})
        if fields is not None:
            request.data = urllib.parse.urlencode(fields).encode()
            same = origin(before) == origin(address)
            # What browsers say of a form under the referrer policy of the issuer's pages.
            request.add_header("Origin", origin(before) if same else "null")
            request.add_header("Sec-Fetch-Site", "same-origin" if same else "cross-site")
        with self.open(request, timeout=20) as answer:
            return answer.geturl(), answer.read().decode()


def sign_in(address, browser=None):
    browser = browser or Browser()
    here, page = browser.go(address)
    for _ in range(MOST_PAGES):
        forms = Forms(page).forms
        if not forms:
            return page
        action, fields = forms[0]
        here, page = browser.go(urllib.parse.urljoin(here, action or here), fields, here)
    raise SystemExit(f"still asked for something after {MOST_PAGES} pages: {here}")


if __name__ == "__main__":
    last_page = sign_in(sys.argv[1])
    if "--print" in sys.argv:
        print(last_page)

// Submits the form of a page that has nothing to ask. A second submission is harmless: codes work once.
document.forms[0].submit()

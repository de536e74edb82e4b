"""Texts that may be shown: *** stands where they held a password, a token or a key."""

import os
import re
from urllib.parse import quote, unquote

_COLON, _AT = r"(?::|%(?:25)*3A)", r"(?:@|%(?:25)*40)"
_SLASH = r"(?:\\?/|%(?:25)*2F)"
_SCHEME = rf"(?:[a-z][a-z0-9+.-]{{0,30}}{_COLON}{_SLASH}{{1,3}}|//)"  # one slash: what a path makes of two
_PORT = r"\d+(?:[/\s'\"),.;?#]|$)"
_ADDRESS = re.compile(
    rf"({_SCHEME})(?:(?!{_COLON}|{_AT})[^\s/@'\"])*"
    rf"{_COLON}(?:\S*{_AT}|(?!{_PORT})[^\n@]*@(?:\S*@)?)",
    re.IGNORECASE,
)
"""An address with a user and a password, which may hold any character; up to the last @ of the word."""
_USER = re.compile(rf"({_SCHEME})[^\s/@'\"?#]+{_AT}", re.IGNORECASE)
"""An address with a user alone. Where that is no database's, it may be a token."""
_DATABASE = re.compile(r"postgres", re.IGNORECASE)

_PAIR = re.compile(
    r"([\w%.-]{1,80}?)[\"'`\\\])]*\s*(?:=>|:=|=|:|%(?:25)*3[AD])(\s*)(?=\S)", re.IGNORECASE
)
"""A name and what parts it from its value, in a URL, a setting, YAML, JSON or a header."""
_SECRET = re.compile(
    r"passw|passphrase|pwd|secret|token|credential|signature|authorization|cookie"
    r"|(?:api|access|private|account|shared|signing|encryption|master|auth)[-_. ]?key"
    r"|(?:^|[^a-z])(?:pass|pw|psw|sig|auth|sas)$"
)
"""Names of secrets, in small letters."""
_NO_SECRET = re.compile(r"(?:^|[^a-z])require_auth$")
_IN_SPEC = re.compile(r"(?:tables|tasks|split|model|train)\.")
_TO_THE_END = re.compile(r"passw|passphrase|pwd|pass$|secret|authorization|cookie")
"""Names whose value may hold spaces where it stands unquoted after a colon."""
_SCHEMED = re.compile(r"(?:basic|bearer|digest|negotiate|token|aws4-hmac-sha256)\s", re.IGNORECASE)
_QUOTED = re.compile(r"[bru]{0,2}(\\*[\"'`])", re.IGNORECASE)
_NEXT_PARAMETER = re.compile(r"&[\w%.\[\]-]+=")
_CONCEALED = re.compile(r"\*\*\*(?![^\s,;:.)}\]&#'\"\\])")
_SAID = re.compile(
    r"(\b(?:password|passwd|passphrase|pwd|secret|identified\s+by)\s+)(?=[\"'`])"
    r"|((?<!\w)--?(?:[\w-]{0,40}(?:password|passphrase|token|secret|api-?key))\s+)(?=[^\s-])",
    re.IGNORECASE,
)
"""A secret that is named without a sign, as in SQL, in a sentence and on a command line."""
_SHAPED = re.compile(
    r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)"
    r"|\b(?:AKIA|ASIA)[A-Z0-9]{12,}\b|\bgh[opsur]_\w{20,}|\bgithub_pat_\w{20,}|\bxox[a-z]-[\w-]{10,}"
    r"|\bsk-[\w-]{20,}|\bAIza[\w-]{30,}|\beyJ[\w-]{8,}\.[\w-]+\.[\w-]*|(?<=\bBearer )\S+",
    re.DOTALL,
)
"""What is a secret by its form."""

_VARIABLE = re.compile(r"PASSWORD|PASSWD|PASSPHRASE|_PWD$|TOKEN|SECRET|KEY", re.IGNORECASE)
_SHORTEST = 6  # a shorter value of a variable would blot out words that only look like it


def conceal(text: str) -> str:
    """Put *** where a text has what looks like a secret, or holds one of the environment.

    >>> conceal("cannot reach postgresql://ann:s%40crt@db/shop?sslpassword=x")
    'cannot reach postgresql://***@db/shop?sslpassword=***'
    >>> conceal("{'Authorization': 'Bearer abc.def'} at https://t0k3n@api.example/v1?page=2")
    "{'Authorization': ***} at https://***@api.example/v1?page=2"
    """
    for name, value in os.environ.items():
        if _VARIABLE.search(name) and len(value) >= _SHORTEST:
            for secret in {value, quote(value, safe="")}:
                text = re.sub(rf"(?<!\w){re.escape(secret)}(?!\w)", "***", text)
    return _conceal_forms(text)


def holds_secret(text: str) -> bool:
    """Say whether a text has what looks like a secret, percent-encoded or not.

    >>> holds_secret("postgresql://ann@db/shop?sslmode=require"), holds_secret("?pass%77ord=x")
    (False, True)
    """
    plain = unquote(text)
    return _conceal_forms(text) != text or _conceal_forms(plain) != plain


def _conceal_forms(text: str) -> str:
    if "@" in text or "40" in text:  # else there is nothing to search a long text for
        text = _ADDRESS.sub(r"\1***@", text)
    text = _USER.sub(lambda m: m[0] if _DATABASE.match(m[0]) else f"{m[1]}***@", text)
    text = _SHAPED.sub("***", _conceal_named(text))
    parts, done = [], 0
    for found in _SAID.finditer(text):
        if found.end() >= done:
            parts.append(text[done : found.end()] + "***")
            done = _end_of_value(text, found.end(), to_the_end=False)
    return "".join(parts) + text[done:]


def _conceal_named(text: str) -> str:
    parts, done, at = [], 0, 0
    while found := _PAIR.search(text, at):
        at = found.end()
        name = unquote(unquote(found[1])).lower()
        is_prose = _IN_SPEC.match(name) and text[found.start(2) - 1] == ":" and found[2]
        if not _SECRET.search(name) or _NO_SECRET.search(name) or is_prose:
            continue
        to_the_end = bool(_TO_THE_END.search(name) and found[2] and "=" not in found[0])
        parts.append(text[done:at] + "***")
        done = at = _end_of_value(text, at, to_the_end=to_the_end)
    return "".join(parts) + text[done:]


def _end_of_value(text: str, start: int, *, to_the_end: bool) -> int:
    """Find where a value ends: rather too late than too early."""
    if concealed := _CONCEALED.match(text, start):
        return concealed.end()
    if opened := _QUOTED.match(text, start):
        mark = re.escape(opened[1])
        escaped = r"|\\." if len(opened[1]) == 1 else ""
        quoted = re.compile(rf"(?:{mark}{mark}{escaped}|(?!{mark}).)*{mark}", re.DOTALL)
        closed = quoted.match(text, opened.end())
        if closed is None:
            return len(text)
        goes_on = re.compile(r"[^\s,;:.)}\]&#'\"\\]\S*").match(text, closed.end())
        return goes_on.end() if goes_on else closed.end()
    if to_the_end or _SCHEMED.match(text, start):
        end = text.find("\n", start)
        return end if end >= 0 else len(text)
    word = re.compile(r"\S+").match(text, start)
    end = word.end() if word else start
    if following := _NEXT_PARAMETER.search(text, start, end):
        return following.start()
    return start + max(len(text[start:end].rstrip("\"'`)]}>,.;:\\")), 1 if end > start else 0)

"""A server's challenge to say who asks, and how it is met (RFC 7616, RFC 7617)."""

from __future__ import annotations

import hashlib
import secrets
from base64 import b64encode
from urllib.request import parse_http_list, parse_keqv_list


class Challenge:
    """What a server wants to see before it does as asked: a digest of name and password, or both as they are."""

    def __init__(self, scheme: str, said: dict[str, str]) -> None:
        self._scheme, self._said, self._count = scheme, said, 0

    @classmethod
    def read(cls, headers: list[str]) -> Challenge | None:
        """Read the headers WWW-Authenticate; None if they want neither Digest nor Basic."""
        by_scheme = {scheme.lower(): rest for scheme, _, rest in (text.partition(" ") for text in headers)}
        for scheme in ("digest", "basic"):
            if scheme in by_scheme:
                return cls(scheme, parse_keqv_list(parse_http_list(by_scheme[scheme])))
        return None

    def met(self, method: str, target: str, login: tuple[str, str]) -> str:
        """Give the header Authorization for one request by one user."""
        if self._scheme == "basic":
            return "Basic " + b64encode(":".join(login).encode()).decode()
        return self._digest(method, target, *login)

    def _digest(self, method: str, target: str, user: str, password: str) -> str:
        self._count += 1
        realm, nonce = self._said.get("realm", ""), self._said.get("nonce", "")
        ours = {"nc": f"{self._count:08x}", "cnonce": secrets.token_hex(8), "qop": "auth"}
        if "qop" not in self._said:
            ours = {}
        first, last = self._hash(user, realm, password), self._hash(method, target)
        fields = {"username": user, "realm": realm, "nonce": nonce, "uri": target}
        fields["response"] = self._hash(first, nonce, *ours.values(), last)
        fields |= {name: self._said[name] for name in ("opaque", "algorithm") if name in self._said} | ours
        # Some servers read these three only without quotation marks.
        bare = {"nc", "qop", "algorithm"}
        return "Digest " + ", ".join(f"{n}={v}" if n in bare else f'{n}="{v}"' for n, v in fields.items())

    def _hash(self, *parts: str) -> str:
        text = ":".join(parts).encode()
        if self._said.get("algorithm", "MD5").upper() == "SHA-256":
            return hashlib.sha256(text).hexdigest()
        return hashlib.md5(text, usedforsecurity=False).hexdigest()

"""An authority of certificates for one test, by the openssl of the machine."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest


class Authority:
    """``ca`` is whom to believe; ``issue`` gives certificate and key, PEM, of a server here or of a client."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._program = shutil.which("openssl") or pytest.skip("no openssl here: apt-get install openssl")
        self.ca, self._key = folder / "ca.pem", folder / "ca.key"
        self._run("req", "-x509", *self._new_key(self._key), "-subj", "/CN=an authority", "-days", "2", "-out", self.ca)

    def issue(self, name: str) -> tuple[Path, Path]:
        """A certificate and its key."""
        certificate, key, asked = (self._folder / f"{name}.{end}" for end in ("pem", "key", "csr"))
        more = self._folder / f"{name}.ext"
        more.write_text("subjectAltName=IP:127.0.0.1,DNS:localhost\n")
        self._run("req", "-new", *self._new_key(key), "-subj", f"/CN={name}", "-out", asked)
        signed = ("-CA", self.ca, "-CAkey", self._key, "-CAcreateserial", "-days", "2", "-extfile", more)
        self._run("x509", "-req", "-in", asked, *signed, "-out", certificate)
        return certificate, key

    def issue_together(self, name: str) -> Path:
        """Key and certificate in one file."""
        certificate, key = self.issue(name)
        both = self._folder / f"{name}-both.pem"
        both.write_text(key.read_text() + certificate.read_text())
        return both

    def _new_key(self, key: Path) -> tuple[str | Path, ...]:
        return "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", key

    def _run(self, *words: str | Path) -> None:
        subprocess.run([self._program, *map(str, words)], check=True, capture_output=True)

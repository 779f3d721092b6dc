"""Only suspect lines are handed to detect-secrets: nothing that it finds in a file may be lost."""

from pathlib import Path

import pytest
from detect_secrets.core.scan import scan_file
from detect_secrets.settings import default_settings

from loc.gateways.secrets import Text, search

ROOT = Path(__file__).parents[2]
ADDRESS = "Public IP (ipv4)"  # no credential, and not looked for
# Made up, and written apart where a tool would take this file for one with credentials.
SAMPLES = {
    "artifactory": "AKC" + "xxxxxxxxxx1",
    "aws": "AKIA" + "IOSFODNN7ABCDEFG",
    "azure": "AccountKey=lJzRc1YdHaAA2KCNJJ1tkYwF/+mKK6Ygw0NGe170Xu592euJv2wYUtBlV8z+"
    "qnlcNQSnIYVTkLWntUO1F8j8rQ==",
    "basic": "https://user:" + "swordfish@example.org",
    "cloudant": 'cloudant_password = "' + "a" * 24 + '"',
    "discord": "MTk4NjIyNDgzNDcxOTI1MjQ4" + ".Cl2FMQ.ZnCjm1XVW7vRze4b7Cq4se7kKWs",
    "github": "ghp_" + "wWPw5k4aXcaT4fNP0UcnZwJUVFk6LO0pINUx",
    "gitlab": "glpat-" + "hellOworld380_testin",
    "base64": 'x = "' + "c3VwZXIgbG9uZyBzdHJpbmcgc2hvdWxkIGNhdXNlIGVub3VnaCBlbnRyb3B5" + '"',
    "hex": 'x = "' + "2b00042f7481c7b056c4b410d28f33cf" + '"',
    "ibm": 'ibm_cloud_iam_key: "' + "abcd1234" * 5 + 'abcd"',
    "jwt": "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9"
    ".eyJzdWIiOiIxMjM0NTY3ODkwIiwibmFtZSI6IkpvaG4gRG9lIn0.SflKxwRJSMeKKF2QT4fwpMeJf36POk6yJV",
    "keyword": 'password = "' + 'swordfish-7"',
    "mailchimp": "343ea45721923ed956e2b38c31db76aa" + "-us30",
    "private": "-----BEGIN RSA " + "PRIVATE KEY-----",
    "slack": "xoxb-" + "34532454-e039d02840a0b9379c",
    "stripe": "sk_live_" + "5TnXW5XW2bkiOuOvwxs7Y9NJ",
    "telegram": "110201543:" + "AAHdqTcvCH1vGWJxfSe1ofSAs0K5PALDsaw",
    "twilio": "AC" + "123456789012345678901234567890ab",
    "allowed": 'password = "' + 'swordfish-7"  # pragma: allowlist secret',
    "allowed-next": '# pragma: allowlist nextline secret\npassword = "' + 'swordfish-7"',
}


def _whole(path: Path) -> set[int]:
    with default_settings():
        return {secret.line_number for secret in scan_file(str(path)) if secret.type != ADDRESS}


@pytest.mark.parametrize("name", SAMPLES)
def test_line_with_a_credential_is_handed_over(name: str, tmp_path: Path) -> None:
    text = f"first = 1\n\n{SAMPLES[name]}\nlast = 2\n"
    found: list[int] = []
    for suffix in (".py", ".txt", ""):
        place = tmp_path / f"text{suffix}"
        place.write_text(text)
        lines = {secret.line for _, secret in search([Text("text", suffix, text)])}
        assert lines == _whole(place)
        found += lines
    assert bool(found) is not name.startswith("allowed")


def test_the_code_of_this_repository_gives_the_same_with_and_without_the_selection() -> None:
    paths = sorted((ROOT / "shared").rglob("*.py"))
    texts = [Text(str(path), ".py", path.read_text()) for path in paths]
    found = {(path, secret.line) for path, secret in search(texts)}
    assert found == {(str(path), line) for path in paths for line in _whole(path)}

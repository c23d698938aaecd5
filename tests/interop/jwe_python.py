"""Creates a card with a number encrypted by jwcrypto, and finds it again by that number.

Usage: jwe_python.py BASE_URL, of a sandbox server.
"""

import base64
import hashlib
import json
import secrets
import ssl
import sys
import urllib.error
import urllib.request

from jwcrypto.jwe import JWE
from jwcrypto.jwk import JWK

BASE_URL = sys.argv[1].rstrip("/")
CREDENTIALS = base64.b64encode(b"sandbox:sandbox").decode()


def main():
    certificate = call("GET", "/kortti/v1/certificates/jwe")
    number = card_number()
    path = "/card/v4/VISA_VIRTUAL/customer/1001/account/2001/MAIN?auditUser=interop"
    created = json.loads(call("POST", path, {"encryptedData": encrypt(number, certificate)}, expected=201))
    # Encrypted anew, so that nothing but the number inside can lead to the card.
    path = "/card/v4/card/cardnumber?auditUser=interop"
    found = json.loads(call("POST", path, {"encryptedData": encrypt(number, certificate)}))
    masked = f"{number[:6]}______{number[-4:]}"
    check("id", found["id"], created["id"])
    check("maskedCardNumber", found["maskedCardNumber"], masked)
    print(f"jwe_python: card {found['id']} was created and found as {masked}")


def card_number():
    """A Visa number in the sandbox's range, with nine random digits and the Luhn check digit."""
    digits = "411111" + "".join(secrets.choice("0123456789") for _ in range(9))
    # The check digit will stand on the right, so the last digit here is the first to be doubled.
    doubled = [int(digit) * (2 if place % 2 == 0 else 1) for place, digit in enumerate(reversed(digits))]
    total = sum(value // 10 + value % 10 for value in doubled)
    return digits + str(-total % 10)


def encrypt(number, certificate):
    """The card number in a compact JWE that names the certificate by its SHA-256 thumbprint."""
    thumbprint = hashlib.sha256(ssl.PEM_cert_to_DER_cert(certificate)).digest()
    header = {
        "alg": "RSA-OAEP-256",
        "enc": "A256GCM",
        "x5t#S256": base64.urlsafe_b64encode(thumbprint).rstrip(b"=").decode(),
    }
    jwe = JWE(json.dumps({"cardNumber": number}).encode(), protected=json.dumps(header))
    jwe.add_recipient(JWK.from_pem(certificate.encode()))
    return jwe.serialize(compact=True)


def call(method, path, body=None, expected=200):
    request = urllib.request.Request(BASE_URL + path, method=method)
    request.add_header("Authorization", f"Basic {CREDENTIALS}")
    if body is not None:
        request.add_header("Content-Type", "application/json")
        request.data = json.dumps(body).encode()
    try:
        with urllib.request.urlopen(request, timeout=10) as response:
            status, text = response.status, response.read().decode()
    except urllib.error.HTTPError as error:
        status, text = error.code, error.read().decode()
    if status != expected:
        sys.exit(f"jwe_python: {method} {path} answered {status} instead of {expected}: {text}")
    return text


def check(name, value, expected):
    if value != expected:
        sys.exit(f"jwe_python: {name} is {value!r} instead of {expected!r}")


main()

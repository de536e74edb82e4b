"""With a certificate, what is asked and answered can be read by nobody between, and nothing else is answered."""

import datetime as dt
import ipaddress
import ssl
from http.client import HTTPConnection, HTTPException
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

import banian
from banian.errors import ServiceError

ASK = {"task": "spend", "customer_id": "c00001"}


def certify(folder: Path) -> tuple[Path, Path]:
    """Write a certificate for this machine that rests on itself, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "shop")])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(minutes=5))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]),
            critical=False,
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    cert, secret = folder / "cert.pem", folder / "key.pem"
    cert.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    secret.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return cert, secret


def test_who_trusts_the_certificate_is_answered_and_nobody_else(start, tmp_path):
    cert, secret = certify(tmp_path)
    served = start(tls_cert=cert, tls_key=secret)
    address = str(served.client.base_url).rstrip("/")
    assert address.startswith("https://")
    with banian.Client(address, context=ssl.create_default_context(cafile=cert)) as client:
        assert client.predict(ASK)[0].value is not None
    stranger = banian.Client(address, retries=0)
    with pytest.raises(ServiceError, match="cannot be reached: SSLCertVerificationError"):
        stranger.predict(ASK)
    plain = HTTPConnection("127.0.0.1", served.client.base_url.port, timeout=20)
    plain.request("GET", "/healthz")
    with pytest.raises((HTTPException, OSError)):
        plain.getresponse()
    plain.close()

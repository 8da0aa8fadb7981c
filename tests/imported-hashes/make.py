# Makes vectors.json: hashes of other systems, made by those systems' own published packages, and published
# vectors. To make it again (Python 3.12 or later):
#   python -m venv v && v/bin/pip install django==6.1.3 passlib==1.7.4 argon2-cffi==25.1.0 bcrypt==4.0.1
#   npm install --prefix v firebase-scrypt@2.2.0 aspnet-identity-pw@1.0.2 aspnetcore-identity-password-hasher@1.0.1
#   v/bin/python tests/imported-hashes/make.py v > tests/imported-hashes/vectors.json
import base64
import hashlib
import hmac
import json
import subprocess
import sys

import argon2
import bcrypt
import django
import passlib
from django.conf import settings
from django.contrib.auth import hashers
from passlib import hash as passlib_hash

settings.configure()
PASSWORD = "correct horse"
WIDE = "p\u00e4ssw\u00f6rd \U0001f511 \u6f22\u5b57"
SALT = "seasalt1seasalt2seasal"
DJANGO = f"Django {django.get_version()}"
PASSLIB = f"passlib {passlib.__version__}"
vectors = []


def add(system, made_by, hash, password=PASSWORD):
    vectors.append({"system": system, "made_by": made_by, "password": password, "hash": hash})


def unpadded(data):
    return base64.b64encode(data).decode().rstrip("=")


# Django. The number of rounds is Django's own default.
for name, hasher in [
    ("PBKDF2-SHA256", hashers.PBKDF2PasswordHasher),
    ("PBKDF2-SHA1", hashers.PBKDF2SHA1PasswordHasher),
    ("Argon2", hashers.Argon2PasswordHasher),
    ("bcrypt-SHA256", hashers.BCryptSHA256PasswordHasher),
    ("bcrypt", hashers.BCryptPasswordHasher),
    ("scrypt", hashers.ScryptPasswordHasher),
]:
    for password in [PASSWORD, WIDE]:
        add(f"Django {name}", DJANGO, hasher().encode(password, hasher().salt()), password)
assert any("$1200000$" in vector["hash"] or "$1500000$" in vector["hash"] for vector in vectors)
add("Django 6.0 PBKDF2-SHA256", DJANGO, hashers.PBKDF2PasswordHasher().encode(PASSWORD, SALT, 1_200_000))

# passlib.
for name, handler in [
    ("PBKDF2-SHA256", passlib_hash.pbkdf2_sha256.using(rounds=1_200_000)),
    ("PBKDF2-SHA512", passlib_hash.pbkdf2_sha512.using(rounds=210_000)),
    ("PBKDF2-SHA1", passlib_hash.pbkdf2_sha1.using(rounds=131_000)),
    ("scrypt", passlib_hash.scrypt),
    ("Argon2", passlib_hash.argon2),
    ("bcrypt-SHA256", passlib_hash.bcrypt_sha256),
    ("bcrypt-SHA256, version 1", passlib_hash.bcrypt_sha256.using(version=1)),
    ("bcrypt", passlib_hash.bcrypt),
    ("Django PBKDF2-SHA256", passlib_hash.django_pbkdf2_sha256.using(rounds=1_200_000)),
    ("Django bcrypt-SHA256", passlib_hash.django_bcrypt_sha256),
]:
    for password in [PASSWORD, WIDE]:
        add(f"passlib {name}", PASSLIB, handler.hash(password), password)

# argon2-cffi: every type, both versions, several lanes. argon2id with m=65536 and p=4 is its own default.
made_by = f"argon2-cffi {argon2.__version__}"
add("argon2-cffi default", made_by, argon2.PasswordHasher().hash(PASSWORD))
for type, version in [(type, version) for type in argon2.Type for version in (0x10, 0x13)]:
    low = argon2.low_level.hash_secret(PASSWORD.encode(), SALT.encode(), 3, 4096, 2, 32, type, version)
    add(f"{type.name} version {version}", made_by, low.decode())

# Keycloak stores the credential as JSON (`secretData`, `credentialData`), as its export contains it.
def keycloak(algorithm, value, iterations, salt, more):
    secret = {"value": base64.b64encode(value).decode(), "salt": base64.b64encode(salt).decode(), "additionalParameters": {}}
    credential = {"hashIterations": iterations, "algorithm": algorithm, "additionalParameters": more}
    return json.dumps({"type": "password", "secretData": json.dumps(secret), "credentialData": json.dumps(credential)})


for algorithm, digest, iterations in [
    ("pbkdf2", "sha1", 20_000),
    ("pbkdf2-sha256", "sha256", 27_500),
    ("pbkdf2-sha512", "sha512", 210_000),
]:
    salt = b"sixteen bytes!!!"
    value = hashlib.pbkdf2_hmac(digest, PASSWORD.encode(), salt, iterations, 64)
    add(f"Keycloak {algorithm}", "Python hashlib, in Keycloak's shape", keycloak(algorithm, value, iterations, salt, {}))
raw = argon2.low_level.hash_secret_raw(PASSWORD.encode(), b"sixteen bytes!!!", 5, 7168, 1, 32, argon2.Type.ID)
more = {"hashLength": ["32"], "memory": ["7168"], "type": ["id"], "version": ["1.3"], "parallelism": ["1"]}
add("Keycloak argon2", f"{made_by}, in Keycloak's shape", keycloak("argon2", raw, 5, b"sixteen bytes!!!", more))

# Kratos: PBKDF2 as above; scrypt with N instead of its logarithm; Firebase's variant.
scrypt = hashlib.scrypt(PASSWORD.encode(), salt=SALT.encode(), n=16384, r=8, p=1, dklen=32)
add("Kratos scrypt", "Python hashlib, in Kratos' shape", f"$scrypt$ln=16384,r=8,p=1${unpadded(SALT.encode())}${unpadded(scrypt)}")

# WordPress 6.8: bcrypt of base64(HMAC-SHA384), prefix `$wp`.
for password in [PASSWORD, WIDE]:
    prehash = base64.b64encode(hmac.digest(b"wp-sha384", password.encode(), "sha384"))
    made = bcrypt.hashpw(prehash, bcrypt.gensalt(10)).decode().replace("$2b$", "$2y$")
    add("WordPress bcrypt", f"bcrypt {bcrypt.__version__} and Python hmac, in WordPress' shape", f"$wp{made}", password)

# RFC 7914 section 12, the vectors with passwords of 8 characters or more.
for password, salt, n, r, p, hexadecimal in [
    ("password", "NaCl", 10, 8, 16, "fdbabe1c9d3472007856e7190d01e9fe7c6ad7cbc8237830e77376634b3731622eaf30d92e22a3886ff109279d9830dac727afb94a83ee6d8360cbdfa2cc0640"),
    ("pleaseletmein", "SodiumChloride", 14, 8, 1, "7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2d5432955613f0fcf62d49705242a9af9e61e85dc0d651e40dfcf017b45575887"),
]:
    hash = f"$scrypt$ln={n},r={r},p={p}${unpadded(salt.encode())}${unpadded(bytes.fromhex(hexadecimal))}"
    add("scrypt", "RFC 7914 section 12", hash, password)

# Firebase: the example of github.com/firebase/scrypt.
key = "jxspr8Ki0RYycVU8zykbdLGjFQ3McFUH0uiiTvC8pVMXAn210wjLNmdZJzxUECKbm0QsEmYUSDzZvpjeJ9WmXA=="
salt, made = "42xEC+ixf3L2lw==", "lSrfV15cpx95/sZS2W9c9Kp6i/LVgQNDNC/qzrCnh1SAyZvqmZqAjTdn3aoItz+VHjoZilo78198JAdRuid5lQ=="
example = "the example of github.com/firebase/scrypt"
add("Firebase scrypt", example, f"$fbscrypt$v=1,n=14,r=8,p=1,ss=Bw==,sk={key}${salt}${made}", "user1password")
add("Firebase scrypt, Kratos' spelling", example, f"$firescrypt$ln=14,r=8,p=1${salt}${made}$Bw==${key}", "user1password")

javascript = f"""
const {{ FirebaseScrypt }} = require("firebase-scrypt");
const {{ PasswordHasher }} = require("aspnetcore-identity-password-hasher/build/PasswordHasher");
const core = require("aspnetcore-identity-password-hasher");
const old = require("aspnet-identity-pw");
const password = {json.dumps(PASSWORD)};
(async () => {{
  const firebase = new FirebaseScrypt({{ memCost: 14, rounds: 8, saltSeparator: "Bw==", signerKey: {json.dumps(key)} }});
  console.log(JSON.stringify({{
    firebase: await firebase.hash(password, "c2VhIHNhbHQ="),
    v2: old.hashPassword(password),
    v3: await core.hash(password),
  }}));
}})();
"""
output = subprocess.run(["node", "-e", javascript], cwd=sys.argv[1], capture_output=True, text=True, check=True).stdout
made = json.loads(output)
add("Firebase scrypt", "npm firebase-scrypt 2.2.0", f"$fbscrypt$v=1,n=14,r=8,p=1,ss=Bw==,sk={key}$c2VhIHNhbHQ=${made['firebase']}")
add("ASP.NET Identity, version 2", "npm aspnet-identity-pw 1.0.2", made["v2"])
add("ASP.NET Core Identity, version 3", "npm aspnetcore-identity-password-hasher 1.0.1", made["v3"])


# ASP.NET Core since .NET 7: SHA-512 with 100,000 rounds; before, SHA-256 with 10,000.
def aspnet(prf, digest, rounds):
    salt = b"sixteen bytes!!!"
    header = b"\x01" + prf.to_bytes(4) + rounds.to_bytes(4) + len(salt).to_bytes(4)
    return base64.b64encode(header + salt + hashlib.pbkdf2_hmac(digest, PASSWORD.encode(), salt, rounds, 32)).decode()


for prf, digest, rounds in [(0, "sha1", 10_000), (1, "sha256", 10_000), (2, "sha512", 100_000)]:
    add(f"ASP.NET Core Identity, version 3, {digest}", "Python hashlib, in ASP.NET's shape", aspnet(prf, digest, rounds))

json.dump(vectors, sys.stdout, indent=2, ensure_ascii=True)
print()

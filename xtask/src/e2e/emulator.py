"""Starts MiniStack on 127.0.0.1 with what AWS has and it lacks (additions.py), and ends when its standard input does.

Usage: emulator.py <folder>, with GATEWAY_PORT (plain HTTP) and SECURE_PORT (TLS) in the environment. The folder gets
`authority.pem`, by which callers know the TLS port, and at the end logs/<function>.log.
"""

import asyncio
import datetime
import ipaddress
import os
import pathlib
import signal
import sys
import threading

import additions
import levers


def certificates(folder: pathlib.Path) -> tuple[str, str]:
    """A certificate for 127.0.0.1 and localhost by an authority of its own, both for two days."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    now, day = datetime.datetime.now(datetime.timezone.utc), datetime.timedelta(days=1)

    def issue(name, key, extensions):
        builder = x509.CertificateBuilder().subject_name(name).issuer_name(authority).public_key(key.public_key())
        builder = builder.serial_number(x509.random_serial_number())
        builder = builder.not_valid_before(now - day).not_valid_after(now + day)
        for extension, critical in extensions:
            builder = builder.add_extension(extension, critical)
        return builder.sign(authority_key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)

    def named(text):
        return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, text)])

    authority_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    authority = named("exhibit e2e authority")
    signs = x509.KeyUsage(False, False, False, False, False, True, True, False, False)
    names = [x509.IPAddress(ipaddress.ip_address("127.0.0.1")), x509.DNSName("localhost")]
    (folder / "authority.pem").write_bytes(
        issue(authority, authority_key, [(x509.BasicConstraints(True, 0), True), (signs, True)]))
    (folder / "server.pem").write_bytes(issue(named("127.0.0.1"), key, [
        (x509.SubjectAlternativeName(names), False), (x509.BasicConstraints(False, None), True)]))
    (folder / "server.key").write_bytes(key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
    return str(folder / "server.pem"), str(folder / "server.key")


async def serve(folder: pathlib.Path) -> None:
    """Plain HTTP for MiniStack's calls to itself, TLS for everybody else."""
    from hypercorn.asyncio import serve as run
    from hypercorn.config import Config
    from ministack.app import app

    config = Config()
    config.certfile, config.keyfile = certificates(folder)
    config.bind = [f"127.0.0.1:{os.environ['SECURE_PORT']}"]
    config.insecure_bind = [f"127.0.0.1:{os.environ['GATEWAY_PORT']}"]
    config.keep_alive_timeout = 75
    config.loglevel = "WARNING"
    await run(levers.Levers(app), config)


def end_with_parent(folder: pathlib.Path) -> None:
    """Whatever ends the parent closes our input; then this process group goes, functions and all."""
    sys.stdin.buffer.read()
    try:
        keep_logs(folder / "logs")
    finally:
        os.killpg(os.getpid(), signal.SIGKILL)


def keep_logs(folder: pathlib.Path) -> None:
    """What the functions wrote, as MiniStack's CloudWatch Logs has it."""
    from ministack.services import cloudwatch_logs

    folder.mkdir(exist_ok=True)
    for (_, _, name), group in list(cloudwatch_logs._log_groups.all_items()):
        events = [event for stream in group["streams"].values() for event in stream["events"]]
        events.sort(key=lambda event: event["timestamp"])
        lines = "".join(event["message"].rstrip("\n") + "\n" for event in events)
        (folder / (name.rsplit("/", 1)[-1] + ".log")).write_text(lines)


if __name__ == "__main__":
    os.setsid()
    place = pathlib.Path(sys.argv[1])
    threading.Thread(target=end_with_parent, args=[place], daemon=True).start()
    additions.teach()
    asyncio.run(serve(place))

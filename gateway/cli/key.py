"""Command key: keys that sign packages and receipts, and the proof of a delivery."""

import hashlib
import os
from pathlib import Path

import click
import zstandard

from gateway.cli.opening import opened
from gateway.cli.output import (
    FAILED,
    explained,
    json_option,
    print_json,
    settings_option,
)
from gateway.cli.person import person_option
from gateway.clock import utc_now
from gateway.delivery import evidence
from gateway.errors import GatewayError
from gateway.masking import Personal
from gateway.operations.disclosure import disclosed
from gateway.private_files import make_private_folder, write_private
from gateway.protocol.signing import (
    SignatureRefusedError,
    load_verifier,
    new_key,
    package_statement,
    receipt_statement,
)
from gateway.text import command_output, option_help, signing
from gateway.text import disclosure as messages

#: Files of a proof: the package as sent, its signature, the receipt, its signature.
_FILES = ("package.xml", "package.signature", "receipt.xml", "receipt.signature")


class MissingProofError(GatewayError):
    """There is no proof of a delivery."""


@click.group()
def key() -> None:
    """签名密钥与送达凭证 / Signing keys, and proofs of delivery."""


@key.command("new")
@click.argument("file", type=click.Path(path_type=Path))
@explained
def key_new(file: Path) -> None:
    """生成密钥对：FILE 与 FILE.pub / Make a key pair: FILE, and FILE.pub for the other side."""
    private, public = new_key()
    try:
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise click.UsageError(str(command_output.file_exists(file))) from None
    with os.fdopen(handle, "wb") as stream:
        stream.write(private)
    file.with_name(file.name + ".pub").write_bytes(public)
    click.echo(f"{file}\n{file}.pub")


@key.command("proof")
@click.argument("guid")
@click.argument("folder", type=click.Path(path_type=Path))
@person_option
@settings_option
@explained
def key_proof(guid: str, folder: Path, person: str, settings_file: Path) -> None:
    """导出一个数据包的送达凭证，留痕 / Export what proves a package's delivery: both documents,
    both signatures; it is kept on record.
    """
    with opened(settings_file) as (_, engine, box):
        with engine.connect() as connection:
            proof = evidence.find(connection, guid)
            message, payload = box.find(connection, guid), box.payload(connection, guid)
        if proof is not None and payload is not None and message is not None:
            reason = messages.proof(guid).en
            warrant = disclosed(engine, utc_now(), person, "package.proof", message.lane, reason)
            payload = Personal(payload).reveal(warrant)
    if proof is None or payload is None:
        raise MissingProofError.of(signing.no_proof(guid))
    make_private_folder(folder)
    contents = (
        zstandard.decompress(payload),
        proof.package_signature.encode(),
        proof.receipt,
        proof.receipt_signature.encode(),
    )
    for name, content in zip(_FILES, contents, strict=True):
        write_private(folder / name, content)
    click.echo("\n".join(str(folder / name) for name in _FILES))


@key.command("verify")
@click.argument("guid")
@click.argument("folder", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.option(
    "--sender",
    required=True,
    type=(str, click.Path(path_type=Path)),
    metavar="ID FILE",
    help=str(option_help.key_sender()),
)
@click.option(
    "--centre",
    required=True,
    type=(str, click.Path(path_type=Path)),
    metavar="ID FILE",
    help=str(option_help.key_centre()),
)
@json_option
@explained
def key_verify(
    guid: str, folder: Path, sender: tuple[str, Path], centre: tuple[str, Path], as_json: bool
) -> None:
    """核验送达凭证，不需网关 / Check a proof by public keys alone; needs no gateway."""
    package, package_signature, receipt, receipt_signature = (
        (folder / name).read_bytes() for name in _FILES
    )
    digest = hashlib.sha256(package).hexdigest()
    outcomes = {}
    for part, keys, statement, signature in (
        ("package", sender, package_statement(guid, digest), package_signature),
        ("receipt", centre, receipt_statement(guid, digest, receipt), receipt_signature),
    ):
        try:
            load_verifier(dict([keys])).check(statement, signature.decode())
            outcomes[part] = ""
        except SignatureRefusedError as error:
            outcomes[part] = str(error.text)
    if as_json:
        print_json({part: {"valid": not fault, "why": fault} for part, fault in outcomes.items()})
    else:
        for part, fault in outcomes.items():
            click.echo(f"{'✗' if fault else '✓'} {part}  {fault}")
    if any(outcomes.values()):
        raise SystemExit(FAILED)


COMMANDS = (key,)

"""Sends one package over HTTP and tells the kinds of answer apart."""

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import httpx
import zstandard

from gateway.delivery.receipt import Receipt, ReceiptRefused, read_receipt
from gateway.exchange.proofs import Proof
from gateway.feeds import CentreSettings
from gateway.http import read_limited, trust
from gateway.messages import Text
from gateway.signing import HEADER, SignatureRefused, package_statement, receipt_statement
from gateway.standard import XmlRefused
from outbox import Claim

#: Largest answer that is read, in bytes: a receipt of 1,000 refusals is about 3 MB.
MAX_ANSWER = 16_000_000
#: Answers after which the very same package can never succeed: it waits for a person.
_FINAL = {400, 409, 413, 415, 422}
#: Those of them that one record may have caused: it is too large, or the centre cannot take it in.
_DIVISIBLE = {413, 422}


@dataclass(frozen=True, slots=True)
class Settled:
    """The centre has taken the package and answered for each record.

    `proof` is there where either side signs.
    """

    receipt: Receipt
    proof: Proof | None = None


@dataclass(frozen=True, slots=True)
class Failed:
    """The package must be sent again; `answered` tells a failure from silence. Waits are seconds."""

    why: Text
    answered: bool
    retry_after: float | None = None


@dataclass(frozen=True, slots=True)
class Rejected:
    """The centre refuses the package whole; sending it again is of no use.

    `divisible`: what is wrong may be one record's, so that the others should go without it.
    """

    why: Text
    divisible: bool = False


Outcome = Settled | Failed | Rejected


class CentreClient:
    """One centre; safe to share among threads."""

    def __init__(self, centre: CentreSettings) -> None:
        self._signer, self._verifier = centre.signer(), centre.verifier()
        self._http = httpx.Client(
            base_url=centre.url, verify=trust(centre), timeout=centre.timeout, follow_redirects=False,
            trust_env=False, headers={"Authorization": f"Bearer {centre.token.get_secret_value()}"},
        )  # fmt: skip

    def send(self, claim: Claim, keys: list[str]) -> Outcome:
        """Post a claimed package; never raises for what the network or the centre does."""
        digest = hashlib.sha256(zstandard.decompress(claim.payload)).hexdigest()
        signature = None
        if self._signer is not None:
            signature = str(self._signer.sign(package_statement(claim.guid, digest)))
        try:
            status, headers, body = self._post(claim, signature)
        except httpx.ConnectError as error:
            return Failed(Text(f"中心连接不上：{error}", f"the centre cannot be reached: {error}"), answered=False)  # fmt: skip
        except httpx.HTTPError as error:
            kind = type(error).__name__
            return Failed(Text(f"中心未答完（{kind}），不知是否已收；以同一 GUID 重发", f"the centre did not finish its answer ({kind}): whether it has the package is unknown; sent again under the same GUID"), answered=False)  # fmt: skip
        if status == 200:
            try:
                return self._settled(claim.guid, digest, keys, signature, headers, body)
            except (ReceiptRefused, SignatureRefused, XmlRefused) as error:
                return Failed(Text(f"应答不是本包的回执：{error.text.zh}", f"the answer is no receipt of this package: {error.text.en}"), answered=True)  # fmt: skip
        said = _excerpt(body)
        if status in _FINAL:
            return Rejected(Text(f"中心拒收（HTTP {status}）：{said}", f"the centre refuses it (HTTP {status}): {said}"), status in _DIVISIBLE)  # fmt: skip
        wait = _retry_after(headers.get("Retry-After"))
        return Failed(Text(f"中心应答 HTTP {status}：{said}", f"the centre answered HTTP {status}: {said}"), answered=True, retry_after=wait)  # fmt: skip

    def get(self, path: str, **params: str) -> httpx.Response:
        """Ask the centre for totals or records; raises httpx.HTTPError."""
        return self._http.get(path, params=params).raise_for_status()

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def _settled(
        self, guid: str, digest: str, keys: list[str], signature: str | None,
        headers: httpx.Headers, body: bytes,
    ) -> Settled:  # fmt: skip
        given = headers.get(HEADER)
        if self._verifier is not None:
            self._verifier.check(receipt_statement(guid, digest, body), given)
        receipt = read_receipt(body, guid, digest, keys)
        if signature is None and given is None:
            return Settled(receipt)
        return Settled(receipt, Proof(signature or "", body, given or ""))

    def _post(self, claim: Claim, signature: str | None) -> tuple[int, httpx.Headers, bytes]:
        headers = {
            "Content-Type": "application/xml", "Content-Encoding": "zstd",
            "Creditgate-Package": claim.guid,
        }  # fmt: skip
        if signature is not None:
            headers[HEADER] = signature
        with self._http.stream(
            "POST", "/packages", content=claim.payload, headers=headers
        ) as answer:
            return answer.status_code, answer.headers, read_limited(answer, MAX_ANSWER)


def _excerpt(body: bytes) -> str:
    return " ".join(body[:600].decode("utf-8", errors="replace").split())


def _retry_after(value: str | None) -> float | None:
    """Read a Retry-After header: seconds, or a date; anything else counts as absent."""
    if value is None:
        return None
    if value.isdigit():
        return float(value)
    try:
        moment = parsedate_to_datetime(value)
    except ValueError:
        return None
    return max(0.0, (moment - datetime.now(UTC)).total_seconds())

"""Calls to a SOAP service: opened from its WSDL, logged in to, each answer read and judged.

What can go wrong is of two sorts: what may pass (SourceUnavailableError) and what a person must
mend (SourceRefusedError), such as a wrong password, which is not tried until an account is locked.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any

import polars as pl
import requests
from lxml import etree
from requests.exceptions import (
    InvalidHeader,
    InvalidProxyURL,
    InvalidSchema,
    InvalidURL,
    MissingSchema,
)
from urllib3.exceptions import HTTPError
from zeep import Client
from zeep.wsse.username import UsernameToken

from adapters import AdapterError, SourceRefusedError, SourceUnavailableError
from adapters.soap.settings import SoapSettings
from adapters.soap.templates import filled
from adapters.soap_answers.model import Head, Request, head_of
from adapters.text import Text
from adapters.text import soap as messages
from adapters.text import soap_http as http_messages
from adapters.transports.probe import LoginRefusedError
from adapters.wsdl import Operation, open_service, operation_of

#: Reads an answer: here, or in a process of its own.
ReadAnswer = Callable[[bytes, str, dict[str, Any]], tuple[dict[str, Any], pl.DataFrame]]
_UNAUTHORIZED = (401, 403, 407)
#: Statuses that another try does not mend; 404 may pass, as while an application is put in place.
_UNSUPPORTED = (405, 406, 410, 411, 413, 414, 415, 417, 426, 431, 501, 505)
_MOVED = range(300, 400)
#: Of these, those that say that it is for good.
_FOR_GOOD = (300, 301, 305, 308)
_BAD_REQUEST = 400
#: What TLS says of a certificate or a version that never fit.
_TLS_FOR_A_PERSON = re.compile(
    r"CERTIFICATE|WRONG_VERSION|UNSUPPORTED_PROTOCOL|HANDSHAKE_FAILURE|ALERT|NO_SHARED_CIPHER"
    r"|doesn't match|DH_KEY_TOO_SMALL|INVALID_CA",
    re.IGNORECASE,
)
#: What of such an error a person can use, after the names of the libraries that passed it on.
_TLS_CAUSE = re.compile(r"\[(?:SSL|X509)[^']*|hostname [^(]*")
#: Errors of requests that speak of the settings.
_OF_SETTINGS = (InvalidURL, InvalidSchema, MissingSchema, InvalidProxyURL)
#: Statuses with which a SOAP message may come.
_MESSAGES = (200, 400, 500)
#: Statuses of an operation that answers nothing.
_NOTHING = (202, 204)
#: Words of a service that mean that the account is wrong, whatever its code says.
_ACCOUNT = re.compile(
    r"密码|口令|账号|帐号|用户名|未登录|未授权|无权|没有权限|鉴权|认证失败|令牌|签名错误"
    r"|password|unauthori[sz]ed|authenticat|credential|access denied|forbidden|invalid token",
    re.IGNORECASE,
)


def _error_of(account: bool, stops: bool) -> type[AdapterError]:
    """Return the kind of error of a service's answer: of the account, for a person, or passing."""
    if account:
        return LoginRefusedError
    return SourceRefusedError if stops else SourceUnavailableError


class Caller:
    """One service, opened when it is first called."""

    def __init__(self, settings: SoapSettings, read: ReadAnswer) -> None:
        self._settings = settings
        self._read = read
        self._client: Client | None = None
        self._service: Any = None
        self._operations: dict[str, Operation | None] = {}
        self._login: str | None = None

    def open(self) -> None:
        """Read the WSDL; raises SourceRefusedError."""
        if self._service is None:
            self._client, self._service = self._opened()

    def close(self) -> None:
        """Close the HTTP session."""
        if self._client is not None:
            self._client.transport.session.close()
        self._client = self._service = None
        self._login = None

    def described(self, name: str) -> Operation | None:
        """Return what the WSDL says of an operation; raises SourceRefusedError."""
        self.open()
        if name not in self._operations:
            try:
                self._operations[name] = operation_of(self._service, name)
            except AdapterError:
                raise
            except Exception as error:  # noqa: BLE001
                raise SourceRefusedError(*messages.cannot_call(name, error)) from None
        return self._operations[name]

    def log_in(self) -> None:
        """Call the login operation, if there is one; its token and cookies go with later calls."""
        s = self._settings
        self._login = None
        if not s.login_operation:
            return
        values = tuple(path for path in (s.login_path, s.ok_path, s.message_path) if path)
        request = self._request(s.login_operation, values)
        head, _ = self.call(s.login_operation, filled(s.login_arguments, self._secrets()), request)
        # A login may answer in another shape than the rows: without the code it is judged by its
        # token.
        if head.ok is False and (s.ok_path in head.values or not s.login_path):
            raise self._bad_result(s.login_operation, head)
        if s.login_path and not head.values.get(s.login_path):
            raise SourceRefusedError(*messages.no_token(s.login_operation, s.login_path))
        self._login = head.values.get(s.login_path, "")

    def fetch(
        self,
        arguments: Mapping[str, object],
        places: Mapping[str, object],
        columns: tuple[str, ...],
        *,
        closed: bool,
    ) -> tuple[Head, pl.DataFrame]:
        """Call for rows, judge the result code, and return the answer's head and rows.

        The fixed arguments have their places filled in; `arguments` come after them.
        """
        s = self._settings
        if s.login_operation and self._login is None:
            self.log_in()
        paths = (s.cursor_path, s.more_path, s.total_path or "", s.ok_path, s.message_path)
        request = self._request(
            s.operation,
            tuple(path for path in paths if path),
            rows_path=s.rows_path,
            file_path=s.file_path,
            columns=columns,
            closed=closed,
            id_column=s.id_column,
            format=s.format,
            format_settings=s.format_settings,
            packed=s.packed,
            file_text=self._file_text(),
        )
        given = filled(s.arguments, {**places, **self._secrets()})
        head, rows = self.call(s.operation, {**given, **arguments}, request)
        if head.ok is False:
            raise self._bad_result(s.operation, head)
        return head, rows

    def _file_text(self) -> str:
        """Return how a file's text is taken: as the settings say, else as the WSDL types it."""
        s = self._settings
        described = self.described(s.operation)
        if s.file_text == "auto" and described and s.file_path in described.binaries:
            return "binary"
        return s.file_text

    def tell(self, operation: str, arguments: dict[str, Any]) -> None:
        """Call an operation whose answer only says that it was done."""
        if self._settings.login_operation and self._login is None:
            self.log_in()
        self.call(operation, arguments, self._request(operation, ()))

    def call(
        self, operation: str, arguments: dict[str, Any], request: Request
    ) -> tuple[Head, pl.DataFrame]:
        """Call an operation and return its answer's head and rows.

        Raises SourceRefusedError and SourceUnavailableError.
        """
        reply = self._reply(operation, arguments)
        status = reply.status_code
        if status in _UNAUTHORIZED:
            raise LoginRefusedError(*http_messages.unauthorized(operation, status))
        if status in _MOVED:
            location = reply.headers.get("Location", "")
            if status in _FOR_GOOD:
                raise SourceRefusedError(
                    *http_messages.moved(operation, status, location, for_good=True)
                )
            raise SourceUnavailableError(*http_messages.moved(operation, status, location))
        if status in _UNSUPPORTED:
            raise SourceRefusedError(*http_messages.not_supported(operation, status))
        wants_rows = request.rows_path or request.file_path or request.values
        if status in _NOTHING and not wants_rows:
            return Head(), pl.DataFrame()
        if status not in _MESSAGES:
            raise SourceUnavailableError(*http_messages.http_status(operation, status))
        kind = reply.headers.get("Content-Type", "")
        data, rows = self._read(reply.content, kind, asdict(request))
        head = head_of(data)
        if status != 200 and (head.failure is None or head.failure[0] != "fault"):
            message = Text(*head.failure[2:4]) if head.failure else None
            bad = status == _BAD_REQUEST
            text = http_messages.http_status(operation, status, message, for_a_person=bad)
            raise (SourceRefusedError if bad else SourceUnavailableError)(*text)
        self._check(operation, head)
        return head, rows

    def _request(self, operation: str, values: tuple[str, ...], **more: Any) -> Request:
        s = self._settings
        described = self.described(operation)
        trusted = s.server_certificate
        certificate = s.access.files.read(trusted).decode("ascii") if trusted else ""
        return Request(
            operation=operation,
            answer=described.answer if described else "",
            values=values,
            ok_path=s.ok_path,
            ok_values=s.ok_values,
            max_bytes=s.max_bytes,
            certificate=certificate,
            **more,
        )

    def _reply(self, operation: str, arguments: dict[str, Any]) -> requests.Response:
        self.open()
        assert self._client is not None  # noqa: S101
        try:
            extra = self._headers(operation)
            with self._client.settings(raw_response=True, extra_http_headers=self._http_headers()):
                reply: requests.Response = self._service[operation](**arguments, **extra)
        except requests.RequestException as error:
            raise self._no_reply(operation, error) from None
        except AdapterError:
            raise
        except Exception as error:  # noqa: BLE001
            # zeep builds the message from what the WSDL says: it fails in as many ways as WSDLs are
            # wrong.
            reason = self._without_secrets(str(error))
            raise SourceRefusedError(*messages.cannot_call(operation, reason)) from None
        return reply

    def _no_reply(self, operation: str, error: requests.RequestException) -> AdapterError:
        if isinstance(error, requests.exceptions.SSLError):
            reason = self._without_secrets(str(error))
            if _TLS_FOR_A_PERSON.search(reason):
                cause = _TLS_CAUSE.search(reason)
                return SourceRefusedError(
                    *http_messages.tls_refused(operation, cause[0] if cause else reason)
                )
        if isinstance(error, InvalidHeader):
            if any(isinstance(arg, HTTPError) for arg in error.args):
                return SourceUnavailableError(*http_messages.no_reply(operation, "InvalidHeader"))
            # Ours: its value, which may be a secret, is not repeated.
            return SourceRefusedError(*http_messages.bad_http_header(operation))
        if isinstance(error, _OF_SETTINGS):
            return SourceRefusedError(
                *messages.cannot_call(operation, self._without_secrets(str(error)))
            )
        return SourceUnavailableError(*http_messages.no_reply(operation, type(error).__name__))

    def _check(self, operation: str, head: Head) -> None:
        if head.failure is None:
            return
        kind, _, zh, en, codes = head.failure
        if kind == "fault":
            # Many services answer a wrong password as a fault of their own.
            account = bool(_ACCOUNT.search(f"{zh} {' '.join(codes)}"))
            stops = account or any(
                _below(code, stop) for code in codes for stop in self._settings.stop_faults
            )
            message = self._without_secrets(zh)
            text = messages.fault(operation, ".".join(codes), message, stops)
            raise _error_of(account, stops)(*text)
        raise (SourceRefusedError if kind == "refused" else SourceUnavailableError)(zh, en)

    def _bad_result(self, operation: str, head: Head) -> AdapterError:
        """Return the failure that the service's own result code means.

        It is of the account, for a person, or one that may pass.
        """
        s = self._settings
        code = head.values.get(s.ok_path)
        message = self._without_secrets(head.values.get(s.message_path, ""))
        account = bool(_ACCOUNT.search(message))
        stops = account or code in s.stop_codes
        text = messages.bad_result(operation, s.ok_path, code, message, stops)
        return _error_of(account, stops)(*text)

    # --- login ----------------------------------------------------------------------------------

    def _secrets(self) -> dict[str, object]:
        s = self._settings
        values: dict[str, object] = {"username": s.username}
        for name, secret in (("password", s.password), ("token", s.token)):
            if secret is not None:
                values[name] = secret.get_secret_value()
        if self._login is not None:
            values["login"] = self._login
        return values

    def _without_secrets(self, text: str) -> str:
        """Return what a service or a library says, without secrets that it may repeat."""
        for name, value in self._secrets().items():
            if name != "username" and value:
                text = text.replace(str(value), "***")
        return text

    def _http_headers(self) -> dict[str, str]:
        values = self._secrets()
        headers = filled(self._settings.http_headers, values)
        # A header that waits for the login is not sent with the login itself.
        return {name: str(text) for name, text in headers.items() if "{login}" not in str(text)}

    def _headers(self, operation: str) -> dict[str, Any]:
        """Return the elements of the SOAP header, in the namespaces that the WSDL gives them."""
        s = self._settings
        if not s.header:
            return {}
        values = self._secrets()
        if operation == s.login_operation and "{login}" in str(s.header):
            return {}
        spaces = self._header_spaces(operation)
        own = etree.QName(self._service._binding.name).namespace or ""
        return {
            "_soapheaders": [
                _element(name, filled(value, values), spaces.get(name.rpartition("}")[2], own))
                for name, value in s.header.items()
            ]
        }

    def _header_spaces(self, operation: str) -> dict[str, str]:
        header = getattr(self._service._binding.get(operation).input, "header", None)
        elements = getattr(getattr(header, "type", None), "elements", None) or ()
        return {
            element.qname.localname: element.qname.namespace or ""
            for _, element in elements
            if getattr(element, "qname", None) is not None
        }

    def _opened(self) -> tuple[Client, Any]:
        s = self._settings
        wsse: Any = None
        if s.security in ("text", "digest") and s.password is not None:
            wsse = UsernameToken(
                s.username,
                s.password.get_secret_value(),
                use_digest=s.security == "digest",
                timestamp_token=None,
                zulu_timestamp=True,
            )
        elif s.security == "signature":
            from adapters.soap.signing import Signing  # noqa: PLC0415

            wsse = Signing(s)
        client, service = open_service(
            s.wsdl,
            s.endpoint,
            timeout=s.timeout,
            max_bytes=s.max_bytes,
            wsse=wsse,
            binding=s.binding,
            access=s.access,
        )
        if s.security == "basic" and s.password is not None:
            client.transport.session.auth = (
                s.username.encode(),
                s.password.get_secret_value().encode(),
            )
        return client, service


def _below(code: str, stop: str) -> bool:
    """Whether a fault's code is one to stop at, or lies below it: `Client.Auth` below `Client`."""
    segments = code.strip().lower().split(".")
    parts = stop.lower().split(".")
    return segments[: len(parts)] == parts or segments[-len(parts) :] == parts


def _element(name: str, value: Any, namespace: str) -> etree._Element:
    """Return a header's element; a name may bring its namespace as `{urn:x}Name`."""
    tag = name if name.startswith("{") else etree.QName(namespace or None, name)
    element = etree.Element(tag)
    if isinstance(value, Mapping):
        inside = etree.QName(element).namespace or ""
        element.extend(_element(one, inner, inside) for one, inner in value.items())
    elif value is not None:
        element.text = str(value)
    return element


def doubt_of(head: Head, first: bool) -> Text | None:
    """Return why an answer without rows may not be taken for an empty list; None where it may."""
    if head.ok:
        return Text(*head.counts) if first and head.counts else None
    doubt = head.doubt or (head.counts if first else None)
    return None if doubt is None else Text(*doubt)

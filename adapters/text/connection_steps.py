"""What the steps of a connection test are called."""

from adapters.text import Text


def connection_login() -> Text:
    """Return what the step is called that shows the connection to a database and the login."""
    return Text("连接、登录", "connection, login")


def table_and_columns() -> Text:
    """Return what the step is called that shows the table or view and its columns."""
    return Text("表和列", "table and columns")


def sample_rows() -> Text:
    """Return what the step is called that shows the first rows."""
    return Text("读取样例", "sample rows")


def folder() -> Text:
    """Return what the step is called that shows the listing of a folder."""
    return Text("目录", "folder")


def certificate_login() -> Text:
    """Return what the step is called that shows the check of a certificate and the login."""
    return Text("证书、登录", "certificate, login")


def read_wsdl() -> Text:
    """Return what the step is called that shows the reading of the WSDL."""
    return Text("读取 WSDL", "read the WSDL")


def call_login() -> Text:
    """Return what the step is called that shows the login at a service and a call."""
    return Text("调用、登录", "call, login")


def host_name() -> Text:
    """Return what the step is called that shows the look-up of a host's name."""
    return Text("主机名", "host name")


def port() -> Text:
    """Return what the step is called that shows the connection to a port."""
    return Text("端口", "port")


def host_key() -> Text:
    """Return what the step is called that shows the check of a host key."""
    return Text("主机公钥", "host key")


def login() -> Text:
    """Return what the step is called that shows the login."""
    return Text("登录", "login")

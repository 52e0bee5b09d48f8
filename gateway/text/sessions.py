"""What is said of signing in, of sessions and of the accounts and tokens that they belong to."""

from gateway.text import Text


def wrong_credentials() -> Text:
    """Return that somebody may not sign in, without telling which part was wrong."""
    return Text("账户名、口令或验证码不正确", "the account's name, password or code is wrong")


def sign_in_again() -> Text:
    """Return that the way in was not begun, or took too long."""
    return Text("请重新登录", "sign in again")


def wait(minutes: int) -> Text:
    """Return for how long somebody has to wait who failed too often."""
    return Text(
        f"失败次数过多，请 {minutes} 分钟后再试",
        f"too many failures; try again in {minutes} minutes",
    )


def locked(source: str) -> Text:
    """Return, for operators, that sign-ins from an address are not taken for a while."""
    return Text(
        f"来自 {source} 的登录失败次数过多，暂不受理",
        f"too many failed sign-ins from {source}; it has to wait",
    )


def no_account_of_subject() -> Text:
    """Return that the provider names a person who has no account."""
    return Text("该身份没有账户，请找管理员", "nobody's account is yours; ask an administrator")


def no_password_to_change() -> Text:
    """Return that an account signs in in another way."""
    return Text("此账户没有可改的口令", "this account has no password to change")


def password_unchanged() -> Text:
    """Return that the new password is the old one."""
    return Text("新口令与原口令相同", "the new password is the old one")


def wrong_code() -> Text:
    """Return that a code of a second factor that is being set up is wrong."""
    return Text(
        "验证码不正确，请核对手机时间后重试",
        "the code is wrong; check the telephone's clock and try again",
    )


def second_wants_keys() -> Text:
    """Return that a second factor cannot be stored without keys at rest."""
    return Text(
        "第二因素须加密保存：请先在 gateway.yaml 中设置 at_rest",
        "a second factor is kept sealed: set `at_rest` in gateway.yaml first",
    )


def no_account(name: str) -> Text:
    """Return that there is no account of a name."""
    return Text(f"没有账户 {name}", f"there is no account {name}")


def name_or_subject_taken(name: str) -> Text:
    """Return that an account cannot be made: its name, or its OpenID subject, is another's."""
    return Text(
        f"账户 {name} 已存在，或该 OIDC 主体已属他人",
        f"there is an account {name}, or that OIDC subject is another's",
    )


def last_administrator(name: str) -> Text:
    """Return that the last administrator in use stays one."""
    return Text(
        f"{name} 是最后一个管理员，须先另设一个",
        f"{name} is the last administrator; make another one first",
    )


def name_malformed() -> Text:
    """Return what an account's name is made of."""
    return Text(
        "账户名为 2 至 40 个小写字母、数字、点或连字符，以字母开头",
        "an account's name has 2 to 40 lower-case letters, digits, dots or hyphens"
        " and begins with a letter",
    )


def department_malformed(name: str) -> Text:
    """Return that what is given for a department is the name of none."""
    return Text(
        f"{name[:60]!r} 不是部门名称：小写字母开头的小写字母、数字、连字符，至多 40 个字符",
        f"{name[:60]!r} is no department's name: lower-case letters, digits and hyphens, a letter "
        "first, at most 40",
    )


def role_and_departments() -> Text:
    """Return which roles are of departments."""
    return Text(
        "部门角色须写明部门，其他角色不可写部门",
        "a department's role names its departments, and no other role names any",
    )


def token_beyond_rights() -> Text:
    """Return that a token cannot do more than its maker."""
    return Text(
        "令牌的权利须在本人权利之内",
        "a token has some of its maker's own rights, and no others",
    )


def token_without_purpose(days: int) -> Text:
    """Return that a token needs a purpose and a term."""
    return Text(
        f"请写明用途，期限为 1 至 {days} 天", f"say what it is for; it lives 1 to {days} days"
    )

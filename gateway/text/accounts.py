"""What is said of accounts: passwords, signing in anew, what a second administrator is asked."""

from gateway.text import Text


def password_short(shortest: int, long: int) -> Text:
    """Return that a password is too short for the kinds of characters that it has."""
    return Text(
        f"口令至少 {shortest} 位并含大写、小写、数字、符号中的三种，或至少 {long} 位",
        f"a password has at least {shortest} characters with three of capitals, small letters, "
        f"digits and signs, or at least {long} of any",
    )


def password_long(longest: int) -> Text:
    """Return that a password is longer than is hashed."""
    return Text(f"口令最多 {longest} 位", f"a password has at most {longest} characters")


def password_own() -> Text:
    """Return that a password has the account's name, or a part of it, in it."""
    return Text(
        "口令不得含账户名或其一部分（倒写也不行），请另选",
        "the account's name, or a part of it, must not be in the password, backwards neither; "
        "choose another",
    )


def password_run(run: int) -> Text:
    """Return that a password has equal or consecutive characters in a row."""
    return Text(
        f"口令不得有连续 {run} 个相同或顺序的字符（如 aaaa、1234、dcba），请另选",
        f"a password has no {run} characters in a row that are equal or follow one another (aaaa, "
        "1234, dcba); choose another",
    )


def password_common() -> Text:
    """Return that a password is a common one, or made of common ones."""
    return Text(
        "口令太常见：由常用口令、词、姓名、键盘顺序或日期组成，容易被猜到；请另选，"
        "如用几个不相干的词",
        "the password is too common: of well-known passwords, words, names, keyboard rows or "
        "dates, and easily guessed; choose another, such as several words that have nothing to do "
        "with one another",
    )


def password_used(count: int) -> Text:
    """Return that a password is one of the account's last ones."""
    return Text(
        f"不得再用最近 {count} 个口令之一，请另选",
        f"it is one of the last {count} passwords; choose another",
    )


def prove_first(minutes: int) -> Text:
    """Return that an act wants that its person has signed in within some minutes."""
    return Text(
        f"此操作须在 {minutes} 分钟内重新验证过身份：请再输入口令（及验证码）",
        f"this wants that you have shown who you are within {minutes} minutes: give your "
        "password, and code, once more",
    )


def prove_by_api(minutes: int) -> Text:
    """Return that an act of a program wants that its person has signed in lately."""
    return Text(
        f"此操作须在 {minutes} 分钟内重新验证过身份：请先 POST /api/v1/proof，附口令及验证码",
        f"this wants that the token's person has shown who they are within {minutes} minutes: "
        "POST /api/v1/proof with password and code first",
    )


def no_person() -> Text:
    """Return that a token of the settings file has no person who could prove who they are."""
    return Text(
        "设置文件中的令牌不属于任何人，无法验证身份；请用本人账户下的令牌",
        "a token of the settings file is no person's and proves nobody; use one of an account",
    )


def provider_silent() -> Text:
    """Return that the provider does not say when its person has signed in."""
    return Text(
        "统一身份认证没有说明何时验证过身份（auth_time），不能作为重新验证",
        "the provider does not say when it has asked who you are (auth_time); that proves nothing "
        "anew",
    )


def no_password_here() -> Text:
    """Return that somebody without a password cannot prove here who they are."""
    return Text("请在统一身份认证重新登录", "sign in anew by the provider")


def request_pending(name: str, act: str) -> Text:
    """Return that an account has a request that waits already."""
    return Text(
        f"{name} 已有待批准的申请（{act}），须先批准或撤销",
        f"a request ({act}) waits for {name} already; approve it or take it back first",
    )


def no_request(name: str) -> Text:
    """Return that no request waits for an account."""
    return Text(f"{name} 没有待批准的申请", f"no request waits for {name}")


def request_not_seen(name: str) -> Text:
    """Return that what is approved is not what the approver has looked at."""
    return Text(
        f"{name} 的申请与您所看的不同，或未写明所看的申请（asked_at）：请重新查看后再批准",
        f"what waits for {name} is not what you have looked at, or you did not say which you mean "
        "(asked_at):"
        " look at it again, then approve",
    )


def request_own() -> Text:
    """Return that who has asked is not the second person."""
    return Text(
        "须由另一名管理员批准，您是申请人或当事人",
        "another administrator must approve it: you have asked for it, or it is about yourself",
    )


def request_by_command() -> Text:
    """Return that a command is neither of two persons."""
    return Text(
        "要求两人时此操作须由一名管理员在控制台提出、另一名批准；命令行不能充当其中任何一人",
        "where two persons are wanted one administrator asks for this in the console and another "
        "approves it; a command is neither of them",
    )


def account_exists(name: str) -> Text:
    """Return that an account that is to be made is there."""
    return Text(f"账户 {name} 已存在", f"there is an account {name}")


def no_password_of(name: str) -> Text:
    """Return that there is no password to reset of who signs in by the provider."""
    return Text(
        f"{name} 以 OIDC 登录，没有口令",
        f"{name} signs in by OpenID Connect and has no password",
    )


def acts_alone(act: str) -> Text:
    """Return that a command, or a token of the settings, cannot do what wants two persons."""
    return Text(
        f"要求两人时不能用命令行或 gateway.yaml 中的令牌{act}：二者均无法证明是谁，"
        "请两人在控制台办理",
        "where two persons are wanted neither a command nor a token of gateway.yaml can do this: "
        "they prove nobody;"
        " two persons do it in the console",
    )


def two_administrators(name: str) -> Text:
    """Return that two administrators must stay where two persons are wanted."""
    return Text(
        f"要求两人时至少保留两名在用的管理员：停用或改任 {name} 前须先另设一名",
        "where two persons are wanted two administrators stay in use: make another one before "
        f"{name} is disabled or given another role",
    )


def no_such_person(name: str) -> Text:
    """Return that a command names a person who has no account."""
    return Text(
        f"--person {name} 不是账户；已有账户时须写账户名，或不写（只记录本机用户）",
        f"--person {name} is no account: where there are accounts it names one, or is left out, "
        "and this system's user alone is recorded",
    )


def session_gone() -> Text:
    """Return that a session that is to be ended is not there."""
    return Text("该会话已不存在", "that session is over already")


def issued_to_another() -> Text:
    """Return that a provider's token is for several audiences and was not issued to us."""
    return Text(
        "统一身份认证的令牌不是发给本网关的（azp）",
        "the provider's token was not issued to this gateway (azp)",
    )


def provider_address(name: str) -> Text:
    """Return that a provider's own description lacks an address, or has one without TLS."""
    return Text(
        f"统一身份认证的发现文档中 {name} 缺失，或不是 https 地址；请联系其管理员",
        f"the provider's discovery document lacks {name}, or it is no https address; ask whoever "
        "keeps the provider",
    )


def no_subject(claim: str) -> Text:
    """Return that a provider's token does not name anybody by the claim of the settings."""
    return Text(
        f"统一身份认证的令牌没有可用的 {claim}", f"the provider's token has no {claim} of use"
    )


def mail_unverified() -> Text:
    """Return that a provider has not verified an address of mail, so that it names nobody."""
    return Text(
        "统一身份认证未确认该邮箱属于本人（email_verified 不为 true），不能据以登录",
        "the provider has not verified that address of mail (email_verified is not true): it "
        "names nobody",
    )


def act_done(name: str) -> Text:
    """Return that something was done to an account."""
    return Text(f"{name}：已办理", f"{name}: done")


def approval_awaited(name: str) -> Text:
    """Return that something of an account waits for another administrator."""
    return Text(
        f"{name}：已提出，待另一名管理员批准",
        f"{name}: asked for; another administrator must approve it",
    )


def asker_gone(name: str) -> Text:
    """Return that who has asked for something is no administrator any more."""
    return Text(
        f"申请人 {name} 已不是在用的管理员，请撤销该申请，由在任管理员重新提出",
        f"{name}, who has asked for it, is no administrator any more: take the request back, and "
        "have one in office ask anew",
    )


def no_provider() -> Text:
    """Return that nobody has set up an OpenID provider."""
    return Text("未配置统一身份认证", "no OpenID provider is set up")


def no_public_url() -> Text:
    """Return that the settings lack the address to which a provider sends people back."""
    return Text("未配置 public_url", "public_url is not set")


def sign_in_over() -> Text:
    """Return that somebody came back from the provider for a sign-in that is over."""
    return Text("登录请求已失效，请重新登录", "this sign-in is over; begin again")


def issuer_differs() -> Text:
    """Return that a provider is not the one of the settings."""
    return Text(
        "统一身份认证的签发者与设置不符",
        "the provider calls itself by another name than the settings",
    )


def provider_failed(error: str) -> Text:
    """Return that a provider has not confirmed who somebody is, by the kind of error."""
    return Text(
        f"统一身份认证未能确认身份（{error}），请稍后再试或联系管理员",
        f"the provider did not confirm who you are ({error}); try again later, or ask an "
        "administrator",
    )

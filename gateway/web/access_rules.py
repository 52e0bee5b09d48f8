"""Who may ask for what: one rule for every route.

A route without one keeps the application from starting.

That a rule is kept is `guard`'s to see to; no route decides for itself.
"""

from dataclasses import replace

from gateway.web.api import OPERATIONS, endpoint_of
from gateway.web.kit.access import (
    ADMINISTER,
    AUDIT,
    EDIT,
    FEED,
    MAX_MAPPING,
    MAX_SUBMISSION,
    OPEN,
    OPERATE,
    READ,
    READ_ALL,
    SIGNED,
    Rule,
)

RULES: dict[str, Rule] = {
    "static": OPEN,
    "health.alive": OPEN,
    "health.ready": OPEN,
    "health.metrics": Rule("token", "read", everywhere=True),
    "receipt": Rule("receipt", max_body=MAX_SUBMISSION),
    "language": OPEN,
    # Signing in.
    "sign.page": OPEN,
    "sign.enter": OPEN,
    "sign.oidc": OPEN,
    "sign.oidc_back": Rule("way", stages=("oidc",)),
    "sign.code": Rule("way", stages=("code",)),
    "sign.confirm": Rule("way", stages=("code",)),
    "sign.password": Rule("way", stages=("password", "full"), fresh=True),
    "sign.set_password": Rule("way", stages=("password", "full"), fresh=True),
    "sign.second": Rule("way", stages=("second", "full"), fresh=True),
    "sign.set_second": Rule("way", stages=("second", "full"), fresh=True),
    "sign.again": Rule("way", stages=("full",)),
    "sign.prove": Rule("way", stages=("full",)),
    "sign.out": Rule("way", stages=("code", "password", "second", "full")),
    "me.page": SIGNED,
    "me.make_token": replace(SIGNED, fresh=True),
    "me.end_session": SIGNED,
    "me.revoke_token": SIGNED,
    # Everybody's pages; what is of another department is not there.
    "home.page": READ,
    "home.now": READ,
    "feeds.page": READ,
    "feeds.run": OPERATE,
    "feeds.confirm": OPERATE,
    "feeds.resume": OPERATE,
    "feeds.again": OPERATE,
    "feeds.give_up": OPERATE,
    "refusals.page": READ,
    "refusals.rows": READ,
    "refusals.download": EDIT,
    "refusals.upload": replace(EDIT, max_body=MAX_SUBMISSION),
    "refusals.submission": READ,
    "records.page": READ,
    "packages.page": READ,
    "packages.one": READ,
    "packages.act": OPERATE,
    "adapters.page": READ,
    "adapters.new": EDIT,
    "adapters.create": EDIT,
    "adapters.one": READ,
    "adapters.settings": EDIT,
    "adapters.change": EDIT,
    "adapters.secret": EDIT,
    "adapters.test": EDIT,
    "adapters.mapping": EDIT,
    "adapters.propose": replace(EDIT, max_body=4_000_000),
    "adapters.preview": replace(EDIT, max_body=MAX_MAPPING),
    "adapters.save": replace(EDIT, max_body=MAX_MAPPING),
    "adapters.trial": EDIT,
    "adapters.submit": EDIT,
    "adapters.differences": READ,
    "adapters.roll_back": EDIT,
    "adapters.state": OPERATE,
    # The operator's.
    "catalogue.page": READ_ALL,
    "catalogue.schedule": READ_ALL,
    "alerts.page": READ,
    "alerts.acknowledge": OPERATE,
    "alerts.rules": READ_ALL,
    "alerts.change": ADMINISTER,
    # The auditor's and the administrator's.
    "audit.page": AUDIT,
    "audit.verify": AUDIT,
    "audit.export": AUDIT,
    "accounts.page": ADMINISTER,
    "accounts.add": replace(ADMINISTER, fresh=True),
    "accounts.act": replace(ADMINISTER, fresh=True),
    # Departments' programs and forms, by the feed's own token.
    "push.submit": FEED,
    "push.verdicts": FEED,
    "push.wsdl": FEED,
    "push.soap": FEED,
    "form.page": FEED,
    "form.download": FEED,
    "form.record": FEED,
    "form.file": FEED,
    "form.verdicts": FEED,
    # The REST API.
    "api.openapi": Rule("token"),
    **{
        f"api.{endpoint_of(operation)}": Rule(
            "token",
            operation.right,
            everywhere=operation.everywhere,
            max_body=MAX_MAPPING,
            fresh=operation.fresh,
        )
        for operation in OPERATIONS
    },
}

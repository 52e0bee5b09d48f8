"""What can be wrong with an answer as a whole, as a value:
an answer is parsed where nothing is raised to.
"""

from typing import Literal

from adapters.text import Text

#: `refused` is for a person, `unavailable` may pass, `fault` is the service's own, judged by its
#: code.
Kind = Literal["refused", "unavailable", "fault"]


class UnusableAnswerError(Exception):
    """An answer cannot be used; `rule` names what is wrong, `codes` are a fault's,
    the coarsest first.
    """

    def __init__(self, kind: Kind, rule: str, text: Text, codes: tuple[str, ...] = ()) -> None:
        self.kind, self.rule, self.text, self.codes = kind, rule, text, codes
        super().__init__(str(text))

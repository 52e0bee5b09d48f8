"""What the light of a feed means."""

from gateway.text import Text


def dead_letters(count: int) -> Text:
    """Return how many dead letters a feed has."""
    return Text(f"{count} 个死信", f"{count} dead letters")


def late() -> Text:
    """Return that a package should have been delivered by now."""
    return Text("有数据包超过时限", "a package is past its deadline")


def no_adapter() -> Text:
    """Return that nobody fetches a feed of the catalogue."""
    return Text("目录有此项，尚无适配器", "the catalogue lists it and there is no adapter yet")


def not_listed() -> Text:
    """Return that the catalogue has no such feed."""
    return Text("目录未列，不采集", "the catalogue does not list it, so it is not fetched")


def nearly_late() -> Text:
    """Return that a package must be delivered soon."""
    return Text("有数据包临近时限", "a package is near its deadline")


def packages_held(count: int) -> Text:
    """Return how many packages of a feed are held."""
    return Text(f"{count} 个数据包被搁置", f"{count} packages are held")


def refused_rows(count: int) -> Text:
    """Return how many rows of a feed wait to be mended."""
    return Text(f"{count:,} 行退回待改正", f"{count:,} refused rows to mend")


def not_fetched() -> Text:
    """Return that a feed was never fetched."""
    return Text("尚未采集", "not fetched yet")


def all_well() -> Text:
    """Return that nothing is wrong with a feed."""
    return Text("正常", "all is well")

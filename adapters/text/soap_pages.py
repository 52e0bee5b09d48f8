"""What is said of lists that come page by page: cursors, totals, and pages that come again."""

from adapters.text import Text
from adapters.text.wsdl import cut

_NAME = 40


def cursor_stays(operation: str, cursor: str) -> Text:
    """Return that a service's cursor was there before."""
    return Text(
        f"{operation} 返回了数据，游标却停在或回到 {cut(cursor, _NAME)}；请部门检查接口",
        f"{operation} gave rows but its cursor stays at or comes back to {cut(cursor, _NAME)}; ask "
        "the department to check it",
    )


def more_without_cursor(operation: str) -> Text:
    """Return that a service says that there is more, and not how to go on."""
    return Text(
        f"{operation} 说还有更多，却没有给出下一游标；请部门检查接口",
        f"{operation} says that there is more and gives no next cursor; "
        "ask the department to check it",
    )


def page_again(operation: str, number: int) -> Text:
    """Return that a page has come before."""
    return Text(
        f"{operation} 第 {number} 页与先前的一页完全相同，页码可能没有起作用；请核对 "
        "page_argument，或请部门检查接口",
        f"page {number} of {operation} is the same as one before: the page number may have no "
        "effect; check page_argument, or ask the department to check the service",
    )


def more_unclear(operation: str, path: str, text: str) -> Text:
    """Return that what tells whether there are more rows is neither yes nor no."""
    return Text(
        f"{operation} 的 {path} 为 {cut(text, _NAME)}，不知道是否还有更多；请核对 more_path，"
        "或不设它（取到空页为止）",
        f"{path} of {operation} is {cut(text, _NAME)}, which is neither yes nor no; check "
        "more_path, or leave it out: pages are asked for until one is empty",
    )


def more_but_empty(operation: str, number: int) -> Text:
    """Return that a page is empty though the service said that there is more."""
    return Text(
        f"{operation} 第 {number} 页没有行，却说还有更多；请部门检查接口",
        f"page {number} of {operation} is empty, and says that there is more; "
        "ask the department to check it",
    )


def too_many_pages(operation: str, most: int) -> Text:
    """Return that a list has more pages than the settings allow."""
    return Text(
        f"{operation} 超过 {most} 页仍未结束；请核对页码参数，确需更多请调大 max_pages",
        f"{operation} has not ended after {most} pages; check the page's argument, or raise "
        "max_pages if there are more",
    )


def total_disagrees(operation: str, total: int, rows: int) -> Text:
    """Return that the total that a service declares is not what came."""
    return Text(
        f"{operation} 声明共 {total} 行，实际得到 {rows} 行；已停止，未当作完整清单。请部门核对，"
        "或核对 total_path 是否为总行数",
        f"{operation} declares {total} rows, and {rows} came; stopped, for the list is not whole: "
        "ask the department, and check that total_path is the count of all rows",
    )


def total_changed(operation: str, before: int, after: int) -> Text:
    """Return that a list changed while it was read."""
    return Text(
        f"{operation} 的总数在读取中由 {before} 变为 {after}，下次采集再试",
        f"the total of {operation} changed from {before} to {after} while it was read; "
        "the next fetch tries again",
    )


def bad_total(operation: str, path: str, value: str) -> Text:
    """Return that a total is no number, or is missing."""
    return Text(
        f"{operation} 的总数 {path} 不是数字：{cut(value, _NAME) or '没有出现'}",
        f"the total {path} of {operation} is no number: {cut(value, _NAME) or 'it is missing'}",
    )


def count_disagrees(operation: str, counted: int, rows: int) -> Text:
    """Return that a second count of an answer's rows differs from what was read."""
    return Text(
        f"{operation} 的应答中数出 {counted} 个行元素，读出 {rows} 行；已停止",
        f"{counted} row elements were counted in the answer of {operation}, "
        f"and {rows} rows read; stopped",
    )

"""Names of what a file is instead of a workbook, and of what workbooks have too many of."""

from adapters.text import Text


def pdf() -> Text:
    """Return what a PDF file is called."""
    return Text("PDF 文件", "a PDF file")


def rar() -> Text:
    """Return what a rar archive is called."""
    return Text("rar 压缩包", "a rar archive")


def seven_zip() -> Text:
    """Return what a 7z archive is called."""
    return Text("7z 压缩包", "a 7z archive")


def gzip() -> Text:
    """Return what a gzip file is called."""
    return Text("gzip 压缩文件", "a gzip file")


def picture() -> Text:
    """Return what a picture is called."""
    return Text("图片", "a picture")


def rtf() -> Text:
    """Return what an RTF document is called."""
    return Text("RTF 文档", "an RTF document")


def xlsb() -> Text:
    """Return what a binary workbook (xlsb) is called."""
    return Text("xlsb 二进制工作簿", "a binary workbook (xlsb)")


def ods() -> Text:
    """Return what an ods spreadsheet is called."""
    return Text("ods 表格", "an ods spreadsheet")


def open_document() -> Text:
    """Return what an OpenDocument document is called."""
    return Text("OpenDocument 文档", "an OpenDocument document")


def docx() -> Text:
    """Return what a Word document (docx) is called."""
    return Text("Word 文档（docx）", "a Word document (docx)")


def pptx() -> Text:
    """Return what a presentation (pptx) is called."""
    return Text("演示文稿（pptx）", "a presentation (pptx)")


def zip_archive() -> Text:
    """Return what a zip archive is called."""
    return Text("zip 压缩包", "a zip archive")


def doc() -> Text:
    """Return what a Word document (doc) is called."""
    return Text("Word 文档（doc）", "a Word document (doc)")


def ppt() -> Text:
    """Return what a presentation (ppt) is called."""
    return Text("演示文稿（ppt）", "a presentation (ppt)")


def parts() -> Text:
    """Return what files within a package are called."""
    return Text("压缩包内的文件", "parts")


def sheets() -> Text:
    """Return what sheets are called."""
    return Text("工作表", "sheets")


def shared_strings() -> Text:
    """Return what strings that cells share are called."""
    return Text("共享字符串", "shared strings")


def cells() -> Text:
    """Return what cells are called."""
    return Text("单元格", "cells")


def relationships() -> Text:
    """Return what relationships between parts are called."""
    return Text("关系", "relationships")


def cell_formats() -> Text:
    """Return what formats of cells are called."""
    return Text("单元格格式", "cell formats")


def merged_ranges() -> Text:
    """Return what ranges of merged cells are called."""
    return Text("合并区域", "merged ranges")


def headings() -> Text:
    """Return what headings are called."""
    return Text("标题", "headings")

"""stub"""
def open_sheet(s, n): raise NotImplementedError
def count_rows(s, n): raise NotImplementedError

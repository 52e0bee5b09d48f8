CREATE TABLE penalties (id INTEGER PRIMARY KEY, changed TEXT, number TEXT);
INSERT INTO penalties VALUES (1, '2026-01-02 00:00:10', 'a'), (2, '9999-12-31 23:59:59', 'b');

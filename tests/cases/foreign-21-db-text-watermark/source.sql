CREATE TABLE penalties (id INTEGER PRIMARY KEY, changed VARCHAR(20), number TEXT);
INSERT INTO penalties VALUES (1, '2026-01-02 00:00:10', 'a');

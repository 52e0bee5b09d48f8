CREATE TABLE penalties (id INTEGER PRIMARY KEY, changed VARCHAR(20), number TEXT);
INSERT INTO penalties VALUES (1, '2026-1-2 9:05:00', 'a'), (2, '2026-1-12 9:05:00', 'b');

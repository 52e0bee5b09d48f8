-- What other programs write into SQLite's columns of times: the text stands, its zone with it.
CREATE TABLE penalties (id INTEGER PRIMARY KEY, decided DATETIME, day DATE);
INSERT INTO penalties VALUES
  (1, '2026-03-04T16:00:00Z', '2026-03-05'),
  (2, '2026-03-05 00:00:00+08:00', '2026/3/5'),
  (3, 1772640000, '20260305');

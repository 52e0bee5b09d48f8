CREATE TABLE penalties (id VARCHAR(9) COLLATE NOCASE, number TEXT);
INSERT INTO penalties VALUES ('A', '1'), ('a', '2'), ('B', '3'), ('b', '4'), ('b', '5');

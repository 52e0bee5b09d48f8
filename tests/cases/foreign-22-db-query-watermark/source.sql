CREATE TABLE penalties (n INTEGER PRIMARY KEY, number TEXT);
INSERT INTO penalties VALUES (5, 'a'), (99, 'b'), (100, 'c'), (997, 'd'), (1000, 'e'), (1001, 'f');

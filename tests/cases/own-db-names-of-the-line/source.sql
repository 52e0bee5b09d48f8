CREATE TABLE penalties (id INTEGER PRIMARY KEY, "#key" TEXT, number TEXT);
INSERT INTO penalties VALUES (1, 'x', 'a');

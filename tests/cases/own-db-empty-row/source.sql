CREATE TABLE penalties (id INTEGER PRIMARY KEY, number TEXT, fine TEXT);
INSERT INTO penalties VALUES (1, 'a', NULL), (2, NULL, NULL), (3, '', '  ');

CREATE TABLE front (id INTEGER PRIMARY KEY, number TEXT, state SMALLINT, version INTEGER);
INSERT INTO front VALUES (1, 'a', 0, 1), (2, 'b', 2, 1), (3, 'c', 0, NULL);

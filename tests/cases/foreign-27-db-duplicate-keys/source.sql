CREATE TABLE rows_of (n INTEGER PRIMARY KEY, k INTEGER);
INSERT INTO rows_of VALUES (1, 1), (2, 1), (3, 2), (4, 2), (5, 2), (6, NULL), (7, NULL), (8, 3);
CREATE VIEW penalties AS SELECT k AS id, 'v' || n AS number FROM rows_of;

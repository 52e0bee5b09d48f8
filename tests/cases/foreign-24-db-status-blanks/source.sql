CREATE TABLE front (id VARCHAR(8), number TEXT, state CHAR(2), version VARCHAR(20));
INSERT INTO front VALUES ('A1 ', 'a', '0', 'v1 '), ('A2', 'b', '0', NULL), (NULL, 'c', '0', 'v1'),
  ('A3', 'd', '0', 'v1'), ('A3', 'e', '0', 'v1');

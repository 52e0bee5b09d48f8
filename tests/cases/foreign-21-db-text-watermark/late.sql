-- Committed after the first fetch, with a time before its end; the second is later than the look back reaches.
INSERT INTO penalties VALUES (2, '2026-01-02 00:00:05', 'b'), (3, '2026-01-01 23:00:00', 'c');

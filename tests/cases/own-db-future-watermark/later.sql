INSERT INTO penalties VALUES (3, '2026-01-03 00:00:00', 'c');

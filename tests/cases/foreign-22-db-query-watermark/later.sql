INSERT INTO penalties VALUES (999, 'late'), (1002, 'g'), (10000, 'h');

CREATE TABLE penalties (id INTEGER PRIMARY KEY, changed DATETIME, number TEXT);
INSERT INTO penalties VALUES
  (1, NULL, '惠市监处罚〔2026〕1号'), (2, NULL, '惠市监处罚〔2026〕2号'),
  (3, '2026-03-05 09:00:00', '惠市监处罚〔2026〕3号'), (4, NULL, '惠市监处罚〔2026〕4号');

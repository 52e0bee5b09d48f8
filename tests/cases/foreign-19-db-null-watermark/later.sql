INSERT INTO penalties VALUES
  (5, NULL, '惠市监处罚〔2026〕5号'), (6, '2026-03-05 09:00:01', '惠市监处罚〔2026〕6号');

"""What pages and routes are made from: guard, session cookies, language, labels, parts of pages."""

"""What listens: a WSGI application on waitress in a thread, limits before it, and the log's form.

Both products and the demo use it, so it may import masks and texts alone.
Tests: tests/integration/web/test_slow_clients.py, tests/attacks/test_load.py.
"""

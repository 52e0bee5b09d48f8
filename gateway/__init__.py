"""The application between departments and the central database: catalogue, mapping, exchange, delivery."""

__version__ = "0.1.0"

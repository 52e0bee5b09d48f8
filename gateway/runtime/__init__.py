"""The process: what a gateway does by its role, and when."""

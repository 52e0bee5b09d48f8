"""Texts that people read, in both languages: one module an area. Pure."""

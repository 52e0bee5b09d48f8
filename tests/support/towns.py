"""A town in which nobody asks the centre: a process less, for what ends before delivery."""

from gateway.demo.town import Town


class TownWithoutCentre(Town):
    """The demo's departments and platform; nothing listens where the centre would be."""

    def start_centre(self, port: int = 0) -> str:
        """Start nothing; return an address that nobody has."""
        return "http://127.0.0.1:9"

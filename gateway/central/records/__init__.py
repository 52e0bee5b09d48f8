"""What the centre holds: packages and records, and what is asked of them."""

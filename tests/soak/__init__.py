"""A million rows through one feed: does memory grow, and is every row right at the end."""

"""A million rows through one feed: does memory, handles or threads grow, and is every row right at the end."""

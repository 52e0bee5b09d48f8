"""A made-up Huizhou: three departments, an exchange platform and a centre, each a real server."""

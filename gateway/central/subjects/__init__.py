"""Who is who at the centre: all that it holds of one subject."""

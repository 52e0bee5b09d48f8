"""The way in to the centre: packages received, validated, stored and answered, by whatever door."""

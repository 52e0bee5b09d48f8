"""What a sender and a centre say to each other; both ends import it."""

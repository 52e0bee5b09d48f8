"""What a sender and a centre say to each other, beside packages and receipts. Pure: both ends import it."""

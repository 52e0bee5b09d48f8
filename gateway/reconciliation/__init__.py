"""What the gateway says it sent, held against what the centre has."""

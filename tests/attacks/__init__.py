"""What an attacker does, one test each: findings of security reviews, and what held."""

"""One model for every prediction a shop needs."""

"""Text and images as features: public data as shops, simple models to be better than, and the comparison."""

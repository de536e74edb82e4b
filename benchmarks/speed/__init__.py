"""What the benchmark of training races: the shapes, a bare step, other libraries."""

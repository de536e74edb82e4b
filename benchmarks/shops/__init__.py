"""The shops of the benchmarks: public data in a folder of the user's, and the simulated one."""

"""Studies beside the joint network: its twins, the trees, and which of them serves a task.

What `propose` looks for lies in `studies.proposal`, which loads no torch; so nothing is imported here.
"""

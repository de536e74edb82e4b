"""What serves each task: the joint network, its single-task twin, boosted trees, or an average of them.

Import from the modules; nothing is loaded here.
"""

"""Runs the same small session on several Jupyter kernels, one beside the other."""

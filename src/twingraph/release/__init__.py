"""Releases: what is written of a graph, and read again."""

"""German full-text search over pages with word boxes: analysis, queries, an index promise and its engines.

Imports nothing of eakte and runs alone: `python -m search --help`.
"""

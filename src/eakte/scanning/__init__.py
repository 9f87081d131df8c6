"""Batches of a scanning centre: announced, delivered item by item, counted to the last side, answered with receipts."""

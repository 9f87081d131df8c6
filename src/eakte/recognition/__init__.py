"""Reading documents: ranges, joins, types and references."""

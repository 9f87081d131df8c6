"""Tenants, org units, users, keys for machines, scopes, and the one policy over them."""

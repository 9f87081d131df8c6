"""Documents, their versions and renditions: what a clerk files."""

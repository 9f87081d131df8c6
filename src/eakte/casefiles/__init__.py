"""Case files, proceedings, filings and revisions."""

"""The demo house: invented case files and scans that look like real ones."""

"""What came in is looked at for malware before anything is made of it; originals that may harm are kept apart."""

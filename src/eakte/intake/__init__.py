"""Received files: uploads in, receipts out, taken apart into documents."""

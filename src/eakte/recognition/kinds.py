"""Kinds of files for the rooms above, out of the reader's own table: what one of them takes, the other knows."""

from ocr_pipeline.kinds import BEGINNING, MAILS, OLE, PDF, ZIP, by_beginning

__all__ = ["BEGINNING", "MAILS", "OLE", "PDF", "ZIP", "by_beginning"]

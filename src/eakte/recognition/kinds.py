"""Kinds of files for the rooms above, out of the reader's own table: what one of them takes, the other knows."""

from ocr_pipeline.kinds import BEGINNING, EML, MAILS, MSG, OLE, SHARED, ZIP, by_beginning

__all__ = ["BEGINNING", "EML", "MAILS", "MSG", "OLE", "SHARED", "ZIP", "by_beginning"]

"""Who reads the journal: of one case file now, of the whole tenant later."""

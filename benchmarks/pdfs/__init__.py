"""PDFs of one report, made in twenty-odd ways, and what is read of them."""

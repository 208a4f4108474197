"""Reading: formats, web pages, feeds, uploads, watched folders, and bulk on Ray; ends in articles."""

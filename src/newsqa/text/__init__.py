"""What can be said of a text alone: sentences, passages, words, days, languages, copies, citations."""

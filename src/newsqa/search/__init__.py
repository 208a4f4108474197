"""From a question to passages: what it asks for, its days, hybrid search, and the retriever for other tools."""

"""How newsqa is reached: the command line, the page, the REST API and MCP. Thin; they never import each other."""

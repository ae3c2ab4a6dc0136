"""A first draft of facts from a page: what could be read, and from which words."""

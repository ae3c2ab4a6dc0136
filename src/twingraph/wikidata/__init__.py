"""What we claim compared with what Wikidata states, and edits for its editors."""

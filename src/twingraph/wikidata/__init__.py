"""What we say held against what Wikidata says."""

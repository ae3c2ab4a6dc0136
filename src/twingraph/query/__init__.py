"""One untrusted query, answered in a process that can be killed."""

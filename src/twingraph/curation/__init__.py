"""What a curator keeps, from files to a graph and findings."""

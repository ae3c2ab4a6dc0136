"""Pictures of the data: what stands where in them, worked out from the answers to named questions."""

"""Process: from the bytes of a batch to the events that are written."""

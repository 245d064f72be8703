"""Taxonomy: what is done with taxonomy files beside using one: begin, compare and map them, move labels."""

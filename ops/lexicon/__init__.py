"""Lexicon: how brands.csv is made from the public name-suggestion-index."""

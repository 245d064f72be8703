"""Formats: what banks give beside CSV, each as rows of cells below a header of our own names."""

"""Crosswalks: the facts that lead from card-network codes and brand names to categories."""

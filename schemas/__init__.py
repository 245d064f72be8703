"""Contracts: what travels on topics, lies in releases and is agreed between programs."""

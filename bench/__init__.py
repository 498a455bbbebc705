"""Measurements: `moonlit bench`."""

"""A program that behaves as athenahealth's REST API does, with a control address and a console page."""

"""A clinic's own web site with our widget in it, as strict about foreign code as a site can be."""

"""A stand-in for Notifyre's SMS API over real HTTP, with an inbox page."""

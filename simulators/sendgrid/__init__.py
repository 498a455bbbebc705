"""A stand-in for SendGrid's v3 mail API over real HTTP, with an inbox page."""

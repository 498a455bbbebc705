"""The Notifyre adapter; only config imports it."""

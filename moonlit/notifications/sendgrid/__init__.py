"""The SendGrid adapter; only config imports it."""

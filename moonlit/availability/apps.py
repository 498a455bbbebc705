from django.apps import AppConfig


class AvailabilityConfig(AppConfig):
    name = "moonlit.availability"
    label = "availability"

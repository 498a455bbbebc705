from django.apps import AppConfig


class BookingConfig(AppConfig):
    name = "moonlit.booking"
    label = "booking"

from django.apps import AppConfig


class LeadsConfig(AppConfig):
    name = "moonlit.leads"
    label = "leads"

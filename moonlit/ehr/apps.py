from django.apps import AppConfig


class EhrConfig(AppConfig):
    name = "moonlit.ehr"
    label = "ehr"

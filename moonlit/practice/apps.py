from django.apps import AppConfig


class PracticeConfig(AppConfig):
    name = "moonlit.practice"
    label = "practice"

from django.apps import AppConfig


class EligibilityConfig(AppConfig):
    name = "moonlit.eligibility"
    label = "eligibility"

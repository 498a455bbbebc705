from django.apps import AppConfig


class AuditConfig(AppConfig):
    name = "moonlit.audit"
    label = "audit"

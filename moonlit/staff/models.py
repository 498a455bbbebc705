"""The people who work here."""

import uuid
from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models.functions import Lower
from django.utils.functional import cached_property

from moonlit.platform.columns import columns
from moonlit.platform.policy import Role


class UserManager(BaseUserManager["User"]):
    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(email__iexact=username)


class User(AbstractBaseUser):
    """One person, one account, one role. Without a second factor the account opens nothing."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    email = models.EmailField(max_length=254, unique=True)
    name = models.CharField(max_length=100)
    role = models.CharField(max_length=20, choices=[(role.value, role.value) for role in Role])
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField()

    objects: ClassVar = UserManager()
    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ["name", "role"]

    column_classes: ClassVar = columns(
        operational="id is_active created_at last_login",
        personal_staff="email name role",
        secret="password",
    )

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(email=Lower("email")), name="staff_email_lower_case"),
            models.CheckConstraint(condition=models.Q(role__in=[role.value for role in Role]), name="staff_role"),
        ]

    @property
    def policy_role(self) -> Role | None:
        """The role this person acts under; None while inactive or without a second factor (`platform.policy`)."""
        if not self.is_active or not self.has_second_factor:
            return None
        return Role(self.role)

    @cached_property
    def has_second_factor(self) -> bool:
        from allauth.mfa.models import Authenticator

        return Authenticator.objects.filter(
            user=self,
            type__in=[Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN],
        ).exists()

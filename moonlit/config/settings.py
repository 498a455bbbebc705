"""Django's settings, all derived from the typed environment; nothing here is edited per installation."""

from pathlib import Path
from urllib.parse import urlsplit

from moonlit.config.database import database
from moonlit.platform.env import env

_env = env()

DEBUG = False
SECRET_KEY = _env.secret_key.get_secret_value()
ALLOWED_HOSTS = sorted({urlsplit(_env.base_url).hostname or "127.0.0.1", "127.0.0.1", "localhost"})
CSRF_TRUSTED_ORIGINS = [_env.base_url]
ROOT_URLCONF = "moonlit.config.urls"
WSGI_APPLICATION = "moonlit.config.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
SILENCED_SYSTEM_CHECKS = ["security.W002"]  # frame-ancestors of the CSP does what X-Frame-Options did, per practice

# Our apps come first so that their templates win over those of the packages.
INSTALLED_APPS = [
    "moonlit.platform",
    "moonlit.audit",
    "moonlit.staff",
    "moonlit.worklist",
    "moonlit.practice",
    "moonlit.coverage",
    "moonlit.eligibility",
    "moonlit.ehr",
    "moonlit.availability",
    "moonlit.people",
    "moonlit.booking",
    "moonlit.notifications",
    "moonlit.leads",
    "moonlit.sync",
    "moonlit.api",
    "moonlit.design",
    "moonlit.widget",
    "moonlit.dashboard",
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "django_htmx",
    "csp",
    "procrastinate.contrib.django",
]

# Session, sign-in and CSRF exist under /staff/ only: the public API and the patient's pages know no cookie.
MIDDLEWARE = [
    "moonlit.platform.requestlog.RequestLog",
    "moonlit.config.middleware.ClientAddress",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "moonlit.config.middleware.ContentPolicy",
    "moonlit.api.edges.ProblemDocuments",
    "moonlit.config.middleware.PageLanguage",
    "moonlit.config.middleware.StaffSession",
    "moonlit.config.middleware.StaffCsrf",
    "moonlit.config.middleware.StaffAuthentication",
    "moonlit.config.middleware.StaffMessages",
    "allauth.account.middleware.AccountMiddleware",
    "moonlit.staff.middleware.StaffGuard",
    "django_htmx.middleware.HtmxMiddleware",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

DATABASES = {"default": database(_env)}

# time and language
USE_TZ = True
TIME_ZONE = "UTC"
USE_I18N = True
LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("es", "Español")]
LOCALE_PATHS = [Path(__file__).resolve().parents[1] / "locale"]

# sign-in (the rules of sessions and lockout are the staff app's)
AUTH_USER_MODEL = "staff.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/staff/"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"  # accounts are made by `moonlit createstaff`, never by the public
ACCOUNT_ADAPTER = "moonlit.staff.adapter.AccountAdapter"
ACCOUNT_SESSION_REMEMBER = False
MFA_ADAPTER = "moonlit.staff.adapter.MFAAdapter"
MFA_FORMS = {"authenticate": "moonlit.staff.forms.SecondFactorForm"}
MFA_SUPPORTED_TYPES = ["totp"]
MFA_TOTP_ISSUER = "Moonlit"
ALLAUTH_TRUSTED_PROXY_COUNT = 0  # ClientAddress has already put the right address into REMOTE_ADDR
SESSION_COOKIE_AGE = 12 * 3600
SESSION_COOKIE_NAME = "moonlit_staff"
SESSION_COOKIE_PATH = CSRF_COOKIE_PATH = "/staff/"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = _env.https
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"

# allauth counts attempts and used codes here: the count must be one for all processes
CACHES = {"default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "staff_cache"}}

# what a browser is told
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SECURE_SSL_REDIRECT = False  # the proxy in front ends TLS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")  # ClientAddress deletes it when a stranger sent it
SECURE_HSTS_SECONDS = 63_072_000 if _env.https else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = _env.https
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "font-src": ["'self'"],
        "connect-src": ["'self'"],
        "form-action": ["'self'"],
        "base-uri": ["'none'"],
        "frame-ancestors": ["'none'"],
    },
}

# limits of one request
DATA_UPLOAD_MAX_MEMORY_SIZE = 256 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 200
FILE_UPLOAD_HANDLERS = ["django.core.files.uploadhandler.MemoryFileUploadHandler"]

# static files: built into one folder by `collectstatic`, served by whitenoise with a year's life under hashed names
STATIC_URL = "/static/"
STATICFILES_DIRS = [folder for folder in [Path(__file__).resolve().parents[1] / "static"] if folder.is_dir()]
STATICFILES_FINDERS = ["django.contrib.staticfiles.finders.FileSystemFinder", "moonlit.config.static.LinkedFiles"]
STATIC_ROOT = _env.data_dir / "static"
STORAGES = {"staticfiles": {"BACKEND": "moonlit.config.static.HashedFiles"}}
WHITENOISE_USE_FINDERS = not (STATIC_ROOT / "staticfiles.json").exists()
WHITENOISE_KEEP_ONLY_HASHED_FILES = True

LOGGING_CONFIG = None  # moonlit.platform.log.configure does it

PROCRASTINATE_AUTODISCOVER_MODULE_NAME = ""  # the platform app imports every `jobs` module itself

# which adapter answers each port; moonlit.config.wiring builds them from the environment
EHR_FACTORY = "moonlit.config.wiring.ehr"
EMAIL_FACTORY = "moonlit.config.wiring.email"
SMS_FACTORY = "moonlit.config.wiring.sms"
ELIGIBILITY_FACTORY = "moonlit.config.wiring.eligibility"

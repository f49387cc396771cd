"""The one settings file. Everything that differs between machines is read from the environment.

NAME_FILE=/path in place of NAME=value reads any of it from a file, as secrets of containers want.

docs/configuration.md lists each variable; a test compares that list with the calls to `env` below.
"""

import json
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit

import environ
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from smarketing.environment import Environment

env = environ.Env()
env.ENVIRON = Environment()
BASE_DIR = Path(__file__).resolve().parent.parent

DATA_DIR = Path(env.str("SMARKETING_DATA_DIR", default=str(BASE_DIR / ".data")))
DEBUG = env.bool("DEBUG", default=False)
SITE_URL = env.str("SMARKETING_URL", default="http://127.0.0.1:8000").rstrip("/")
SECURE = urlsplit(SITE_URL).scheme == "https"


def running_services() -> dict[str, str]:
    """What the embedded services published when they started; empty when they do not run."""
    published = DATA_DIR / "run" / "services.json"
    try:
        return json.loads(published.read_text())
    except (FileNotFoundError, PermissionError):
        return {}


def secret_key() -> str:
    given = env.str("SECRET_KEY", default="")
    stored = DATA_DIR / "run" / "secret_key"
    if given:
        return given
    if stored.exists():
        return stored.read_text().strip()
    if SECURE:
        raise ImproperlyConfigured(
            "SECRET_KEY is missing. Set it to a long random string (50 characters or more)."
        )
    return "only-for-commands-before-the-first-start-of-this-installation"


SECRET_KEY = secret_key()
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])
ALLOWED_HOSTS = env.list(
    "ALLOWED_HOSTS", default=[urlsplit(SITE_URL).hostname, "127.0.0.1", "localhost", "[::1]"]
)
CSRF_TRUSTED_ORIGINS = [SITE_URL]

# --- PostgreSQL and Redis ------------------------------------------------------------------------------------------
_services = running_services()


def database(url: str, name: str = "DATABASE_URL") -> dict:
    """Django's settings for a postgres:// URL; the host may be a percent-quoted socket directory."""
    right = f"{name} must look like postgres://user:password@host:5432/database"
    try:
        parts = urlsplit(url)
        socket = "%2F" in parts.netloc.upper()
        host, _, port = parts.netloc.rpartition("@")[2].partition(":") if socket else ("", "", parts.port)
        port = int(port) if port else ""
    except ValueError as error:  # its text may hold the password
        raise ImproperlyConfigured(f"{right}; its host or port cannot be read.") from error
    if parts.scheme not in ("postgres", "postgresql"):
        found = f", not {parts.scheme}://" if parts.scheme else ""
        raise ImproperlyConfigured(f"{right}; it must start with postgres://{found}.")
    if not parts.path.strip("/"):
        raise ImproperlyConfigured(f"{right}; the name of the database is missing.")
    return {
        "ENGINE": "django.db.backends.postgresql",
        "HOST": unquote(host) or parts.hostname or "",
        "PORT": str(port),
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "CONN_MAX_AGE": 600,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {"application_name": "smarketing"},
    }


_database_url = env.str("DATABASE_URL", default=_services.get("database_url", ""))
_owner_url = env.str("DATABASE_OWNER_URL", default=_services.get("database_owner_url", "")) or _database_url
DATABASE_CONFIGURED = bool(_database_url)
NOWHERE = f"postgres://smarketing_app@{quote(str(DATA_DIR / 'run'), safe='')}/smarketing"
DATABASES = {"default": database(_database_url or NOWHERE)}
DATABASE_APPLICATION_USER = DATABASES["default"]["USER"]
# The owner's name and password: used by migrate and flush only (smarketing.foundation.roles).
DATABASE_OWNER = {
    key: database(_owner_url or NOWHERE, "DATABASE_OWNER_URL")[key] for key in ("USER", "PASSWORD")
}
PREPARE_STATEMENTS = env.bool("PREPARE_STATEMENTS", default=True)
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REDIS_URL = env.str("REDIS_URL", default=_services.get("redis_url", "redis://127.0.0.1:6379/0"))
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": "smarketing",
    }
}

# --- The application -----------------------------------------------------------------------------------------------
INSTALLED_APPS = [
    "smarketing",
    "reporting",
    "sla",
    "leads",
    "smarketing.foundation",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.forms",
    "allauth",
    "allauth.account",
    "csp",
    "django_htmx",
    "template_partials",
    "lucide",
    "rest_framework",
    "drf_spectacular",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "smarketing.middleware.request_id",
    "smarketing.middleware.hint",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "smarketing.middleware.time_zone",
    "smarketing.middleware.presence",
    "smarketing.middleware.only_acts",
    "smarketing.middleware.RefusalMiddleware",
    "smarketing.middleware.private_pages",
]
ROOT_URLCONF = "smarketing.urls"
WSGI_APPLICATION = "smarketing.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "smarketing.shell.shell",
            ],
            "builtins": ["django.templatetags.static", "smarketing.templatetags.ui"],
        },
    }
]
FORM_RENDERER = "smarketing.foundation.widgets.Renderer"

# Dates and times: stored in UTC, shown in the reader's zone (middleware), reckoned in the organisation's.
LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
USE_TZ = True
USE_I18N = True

STATIC_URL = "static/"
STATIC_ROOT = Path(env.str("STATIC_DIR", default=str(DATA_DIR / "static")))
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
MEDIA_ROOT = DATA_DIR / "media"
if env.bool("STATIC_UNHASHED", default=DEBUG):  # development and tests: straight from the source folders
    STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    WHITENOISE_USE_FINDERS = True
    WHITENOISE_AUTOREFRESH = True

# --- Signing in ----------------------------------------------------------------------------------------------------
AUTH_USER_MODEL = "foundation.User"
AUTHENTICATION_BACKENDS = ["smarketing.foundation.accounts.SignedIn"]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
ACCOUNT_ADAPTER = "smarketing.foundation.accounts.ClosedAccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"  # people are made by an administrator or a head, never by signing up
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = True
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_LOGIN_ON_PASSWORD_RESET = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_REAUTHENTICATION_TIMEOUT = 15 * 60  # before an API key is made or a file of leads leaves
ALLAUTH_TRUSTED_PROXY_COUNT = env.int("TRUSTED_PROXIES", default=0)
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ("email", "name")},
    },
]

# --- Security ------------------------------------------------------------------------------------------------------
SESSION_ENGINE = "smarketing.foundation.sessions"
SESSION_COOKIE_AGE = 7 * 24 * 3600
SESSION_COOKIE_NAME = "__Host-session" if SECURE else "session"
CSRF_COOKIE_NAME = "__Host-csrf" if SECURE else "csrf"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SECURE_SSL_REDIRECT = SECURE and env.bool("SSL_REDIRECT", default=True)
SECURE_REDIRECT_EXEMPT = [r"^health/"]  # asked from beside the process, where nothing is encrypted
SECURE_PROXY_SSL_HEADER = (
    ("HTTP_X_FORWARDED_PROTO", "https") if env.int("TRUSTED_PROXIES", default=0) else None
)
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if SECURE else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = SECURE
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CSRF_FAILURE_VIEW = "smarketing.home.csrf_failure"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF],
        "font-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "object-src": [NONE],
    }
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024

# --- API: /api/v1/, its schema at /api/schema/ ----------------------------------------------------------------------
API_REQUESTS_PER_MINUTE = env.int("API_REQUESTS_PER_MINUTE", default=600)  # of one key, or of one person
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "smarketing.foundation.api.authentication.KeyAuthentication",
        "smarketing.foundation.api.authentication.BrowserSession",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["smarketing.foundation.api.authentication.MayCall"],
    "DEFAULT_THROTTLE_CLASSES": ["smarketing.foundation.api.throttle.RequestLimit"],
    "DEFAULT_PARSER_CLASSES": ["smarketing.foundation.api.parsing.StrictJson"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "smarketing.foundation.api.parsing.AlwaysJson",
    "DEFAULT_SCHEMA_CLASS": "smarketing.foundation.api.schema.Described",
    "DEFAULT_METADATA_CLASS": None,
    "EXCEPTION_HANDLER": "smarketing.foundation.api.problems.answer",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Smarketing",
    "VERSION": "1",
    "DESCRIPTION": "Leads, their moves and touches, campaigns, clocks and reports. docs/api.md tells how to use it.",
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_NAME_OVERRIDES": {
        "StageEnum": "leads.stages.Stage",
        "StandingEnum": "leads.stages.Standing",
        "MoveEnum": "leads.stages.Move",
        "TouchKindEnum": "leads.models.Touch.Kind",
        "NewTouchKindEnum": "leads.api.bodies.TOUCH_KINDS",
        "ActivityKindEnum": "leads.models.Activity.Kind",
        "OutcomeEnum": "leads.models.Activity.Outcome",
        "DealOutcomeEnum": "leads.models.Deal.Outcome",
        "HistoryKindEnum": "leads.models.StageChange.Kind",
    },
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "smarketing.foundation.api.schema.closed_bodies",
    ],
}

# --- Mail ----------------------------------------------------------------------------------------------------------
# Without EMAIL_URL messages are written to files, so that a laptop sends nothing to anybody.
globals().update(environ.Env.email_url_config(env.str("EMAIL_URL", default="filemail://")))
EMAIL_FILE_PATH = str(DATA_DIR / "mail")
EMAIL_TIMEOUT = 15
DEFAULT_FROM_EMAIL = SERVER_EMAIL = env.str("EMAIL_FROM", default="Smarketing <smarketing@localhost>")

# --- Celery: read by smarketing/celery.py with the prefix CELERY_ --------------------------------------------------
# Messages are hints without content; the truth about work to do is rows in PostgreSQL.
CELERY_BROKER_URL = REDIS_URL.replace("unix://", "redis+socket://", 1)
CELERY_RESULT_BACKEND = None
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = False
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_TIME_LIMIT = 150
CELERY_TASK_SOFT_TIME_LIMIT = 120
CELERY_WORKER_MAX_TASKS_PER_CHILD = 500
CELERY_WORKER_MAX_MEMORY_PER_CHILD = 400_000
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = 10
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_PUBLISH_RETRY = False
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_DEFAULT_QUEUE = "tick"
CELERY_TIMEZONE = "UTC"
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 3600,
    "socket_timeout": 10,
    "socket_connect_timeout": 3,
    "socket_keepalive": not REDIS_URL.startswith("unix://"),
    "health_check_interval": 25,
    # A web process gives up on an absent broker at once (the default is a hundred tries).
    "max_retries": 1,
    "interval_start": 0,
    "interval_step": 0.1,
    "interval_max": 0.1,
    "global_keyprefix": "smarketing:",
}

# --- Log -----------------------------------------------------------------------------------------------------------
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "plain": {
            "class": "smarketing.foundation.api.redaction.RedactingFormatter",
            "format": "%(asctime)s %(levelname)s %(name)s %(message)s",
        }
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", default="WARNING")},
}

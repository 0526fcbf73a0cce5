"""Settings, from the environment, grouped. FILO_MODE is production unless somebody says demo or test."""

from pathlib import Path
from urllib.parse import urlsplit

import environ
from csp.constants import NONE, SELF
from django.utils.translation import gettext_lazy as _

from crm import queues
from crm.engines import addresses
from crm.logs import LOGGING, configure_structlog
from crm.running.processes import JOB_WORKERS
from crm.schedule import SCHEDULE

env = environ.Env()
BASE_DIR = Path(__file__).resolve().parent.parent

# --- What this installation is -----------------------------------------------------------------
VAR = Path(env("FILO_VAR", default=str(BASE_DIR / "var")))  # everything that lasts and is not code
ENGINES = addresses(VAR)  # embedded PostgreSQL and Valkey, unless the environment names others
# production, demo or test. Production unless somebody says otherwise (manage.py lets `doctor` follow a running demo).
FILO_MODE = env("FILO_MODE", default="production")
PRODUCTION = FILO_MODE == "production"
DEMO = {  # what everybody can read here: crm.checks refuses each of them in production
    "SECRET_KEY": "a demo secret, refused in production",  # nosec B105
    "ALLOWED_HOSTS": "*",
    "PUBLIC_URL": "http://localhost:8000",
    "EMAIL_URL": "smtp://127.0.0.1:2525",
    "MAIL_DOMAIN": "meridiana.example",
    "HOOK_SECRET": "whsec_ZGVtbyBob29rIHNlY3JldCwgbm90IGZvciB1c2U=",
}
SECRET_KEY = env("SECRET_KEY", default="" if PRODUCTION else DEMO["SECRET_KEY"]) or "not set"
DEBUG = False
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=[] if PRODUCTION else [DEMO["ALLOWED_HOSTS"]])
PUBLIC_URL = env("PUBLIC_URL", default=DEMO["PUBLIC_URL"])  # where customers' links lead; no slash at the end
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[PUBLIC_URL])
UNDO_SECONDS = env.int("UNDO_SECONDS", default=10)  # how long a deed can be taken back; 0: not at all
FILO_EMBEDDED_DATABASE = env.bool("FILO_EMBEDDED_DATABASE", default=not PRODUCTION)

# --- Rooms ---------------------------------------------------------------------------------------
ROOMS = ["staff", "customers", "interactions", "sales", "insights", "campaigns", "portal", "api"]  # lowest first
ROOMS = ROOMS[: env.int("FILO_ROOMS_UP_TO", default=len(ROOMS))]  # a test starts with the lower rooms only
INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.messages",
    "crm.apps.StaticConfig",
    "django.contrib.postgres",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_htmx",
    "csp",
    "django_structlog",
    "crm.apps.CrmConfig",
    "crm.events",
    *([] if PRODUCTION else ["crm.devmail"]),
    *ROOMS,
]
ROOT_URLCONF = "crm.urls"
WSGI_APPLICATION = "crm.wsgi.application"
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "crm.middleware.HealthMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "staff.middleware.SignInMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "csp.middleware.CSPMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "django_structlog.middlewares.RequestMiddleware",
    "staff.middleware.PreferencesMiddleware",
    "crm.middleware.NulMiddleware",
    "crm.middleware.ProblemMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.jinja2.Jinja2",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": False,
        "OPTIONS": {
            "environment": "crm.jinja2.environment",
            "context_processors": [
                "django.contrib.messages.context_processors.messages",
                "crm.shell.context",
                "staff.sections.context",
            ],
        },
    },
    {  # Only for what libraries draw themselves (the API's page).
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [],
        "APP_DIRS": True,
        "OPTIONS": {"context_processors": ["django.template.context_processors.request"]},
    },
]

FORM_RENDERER = "crm.widgets.Renderer"

# --- Database, broker, cache ---------------------------------------------------------------------
DATABASES = {"default": env.db_url_config(env("DATABASE_URL", default=ENGINES.get("DATABASE_URL", "postgres:///filo")))}
DATABASES["default"] |= {
    "CONN_MAX_AGE": None,  # a new connection costs six requests; one thread per worker keeps one each
    "CONN_HEALTH_CHECKS": True,
    "DISABLE_SERVER_SIDE_CURSORS": env.bool("PGBOUNCER", default=False),
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
REDIS_URL = env("REDIS_URL", default=ENGINES.get("REDIS_URL", "redis://127.0.0.1:6379/0"))
# Apart from the broker: clearing the cache must not clear jobs. (A number in the URL wins over OPTIONS["db"].)
_broker = urlsplit(REDIS_URL)
CACHE_URL = env("CACHE_URL", default=_broker._replace(path=f"/{int(_broker.path.strip('/') or 0) + 1}").geturl())
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": CACHE_URL,
    }
}
SESSION_ENGINE = "django.contrib.sessions.backends.db"
SESSION_COOKIE_AGE = 14 * 24 * 3600

# --- Jobs ----------------------------------------------------------------------------------------
CELERY_BROKER_URL = REDIS_URL
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True  # a killed worker's job runs again: jobs may run twice
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_TIME_LIMIT = 600
# A worker that is told of none serves them all; rooms add theirs when it starts (crm/celery.py).
CELERY_TASK_QUEUES: dict[str, dict] = {name: {} for name in queues.EVERY}
CELERY_BROKER_TRANSPORT_OPTIONS = {"visibility_timeout": 1000}  # longer than any late-acknowledged job may run
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_DB_REUSE_MAX = 1_000  # jobs over one connection; without it Celery makes a new one for each
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BEAT_SCHEDULE = SCHEDULE
# Batches to many at once, over one channel and account: one job worker stays free when a provider stalls.
MASS_AT_ONCE = env.int("MASS_AT_ONCE", default=JOB_WORKERS - 1)
CELERY_TIMEZONE = "UTC"

# --- People and sign-in ----------------------------------------------------------------------------
AUTH_USER_MODEL = "staff.User"
AUTHENTICATION_BACKENDS = ["staff.backend.Backend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
if FILO_MODE == "test":  # Argon2 is slow on purpose; a thousand tests sign in
    PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_ADAPTER = "staff.adapter.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"  # an administrator invited this address
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False  # or anybody could let us write to any address
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_RATE_LIMITS = {"login": "120/m/ip", "login_failed": "10/m/ip,5/300s/key"}  # an office shares one address
# How many proxies of ours write X-Forwarded-For: whom the limits count. 0: nobody's word but the connection's own.
ALLAUTH_TRUSTED_PROXY_COUNT = env.int("ALLAUTH_TRUSTED_PROXY_COUNT", default=0)
MFA_ADAPTER = "staff.adapter.MFAAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_ALLOW_UNVERIFIED_EMAIL = True  # an administrator vouched for the address
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not PRODUCTION
MFA_TOTP_ISSUER = "Filo"

# --- Languages and time ----------------------------------------------------------------------------
LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("it", _("Italian")), ("es", _("Spanish")), ("pt", _("Portuguese"))]
INTERFACE_LANGUAGES = ["en", "it"]  # complete; es and pt: only what customers read
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"  # the reader's zone is activated per request

# --- Files -------------------------------------------------------------------------------------------
STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = Path(env("STATIC_ROOT", default=str(VAR / "static")))
BACKUPS = Path(env("FILO_BACKUPS", default=str(VAR / "backups")))  # put it on another disk
MEDIA_ROOT = VAR / "files"  # imports and skipped rows; never served by a URL of its own
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if FILO_MODE == "test"
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if PRODUCTION
        else "django.contrib.staticfiles.storage.ManifestStaticFilesStorage"  # compressing takes 20 seconds
    },
}
WHITENOISE_USE_FINDERS = FILO_MODE == "test"
WHITENOISE_AUTOREFRESH = FILO_MODE == "test"  # looks for a file when asked: else each test client reads all of them
DATA_UPLOAD_MAX_MEMORY_SIZE = 12 * 1024 * 1024  # one mail with its attachments by hook
FILE_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024

# --- Mail --------------------------------------------------------------------------------------------
# smtp[+tls|+ssl]://user:pw@host:port
EMAIL_URL = env("EMAIL_URL", default=ENGINES.get("EMAIL_URL", DEMO["EMAIL_URL"]))
vars().update(
    {k: v for k, v in env.email_url_config(EMAIL_URL).items() if k.startswith("EMAIL_") and k != "EMAIL_FILE_PATH"}
)
EMAIL_TIMEOUT = 30
MAIL_DOMAIN = env("MAIL_DOMAIN", default=DEMO["MAIL_DOMAIN"])  # answers come to reply+…@ this domain
DEFAULT_FROM_EMAIL = env("DEFAULT_FROM_EMAIL", default=f"Filo <filo@{MAIL_DOMAIN}>")  # of invitations and resets
IMAP_URL = env("IMAP_URL", default=ENGINES.get("IMAP_URL", ""))  # imap[+ssl]://user:pw@host:port of the first mailbox
HOOK_SECRET = env("HOOK_SECRET", default="" if PRODUCTION else DEMO["HOOK_SECRET"])

# --- Security ----------------------------------------------------------------------------------------
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = PRODUCTION
SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", default=False)  # most installations end TLS before us
SECURE_HSTS_SECONDS = env.int("SECURE_HSTS_SECONDS", default=31_536_000 if PRODUCTION else 0)
BEHIND_PROXY = env.bool("BEHIND_PROXY", default=False)
if BEHIND_PROXY:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
CSRF_FAILURE_VIEW = "crm.views.csrf_failure"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF],
        "font-src": [SELF],
        "connect-src": [SELF],
        "frame-src": [SELF],
        "object-src": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}

# --- API ---------------------------------------------------------------------------------------------
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["api.keys.KeyAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["api.keys.HasScope"],
    "DEFAULT_THROTTLE_CLASSES": ["api.keys.KeyThrottle"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["api.parsing.Json"],
    "DEFAULT_SCHEMA_CLASS": "api.schema.Schema",
    "EXCEPTION_HANDLER": "api.problems.answer",
    "UNAUTHENTICATED_USER": None,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Filo",
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "DESCRIPTION": "Customers, what was said and promised to them, what they buy. Errors are problem+json (RFC 9457).",
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "SCHEMA_COERCE_PATH_PK_SUFFIX": True,
    "POSTPROCESSING_HOOKS": ["api.schema.with_problems"],
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "SWAGGER_UI_SETTINGS": {"deepLinking": False, "defaultModelsExpandDepth": 0},  # deep links stand inside buttons
}

# --- Logs --------------------------------------------------------------------------------------------
if FILO_MODE == "test":  # a line per request would bury what failed
    LOGGING["loggers"]["django_structlog"]["level"] = "WARNING"
configure_structlog()

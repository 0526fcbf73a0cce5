"""Static files by their content's name, imports between our modules included."""

from django.contrib.staticfiles.storage import ManifestStaticFilesStorage
from whitenoise.storage import CompressedManifestStaticFilesStorage


class Hashed(ManifestStaticFilesStorage):
    """For the demo: names carry a hash, nothing is compressed (that takes 20 seconds)."""

    support_js_module_import_aggregation = True


class HashedAndCompressed(CompressedManifestStaticFilesStorage):
    """For production."""

    support_js_module_import_aggregation = True

"""Delta CI: one control plane from push to production."""

from importlib.metadata import version

__version__ = version("delta-ci")

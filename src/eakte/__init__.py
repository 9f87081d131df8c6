"""eakte: an electronic case-file service (E-Akte) for German Jobcenters."""

from importlib.metadata import version

__version__ = version("eakte")

"""A municipality's twin-towns page as linked data, every statement with its sentence."""

__version__ = "0.1.0"

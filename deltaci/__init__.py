"""Delta CI: one control plane from push to production."""


def __getattr__(name: str) -> str:
    """Look the version up when it is asked for: the look-up costs every command 30 ms."""
    if name == "__version__":
        from importlib.metadata import version  # noqa: PLC0415

        return version("delta-ci")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

"""Delta CI: one control plane from push to production."""

"""Makes the bundled models; never imported by the package."""

"""The pipeline from settings to report."""

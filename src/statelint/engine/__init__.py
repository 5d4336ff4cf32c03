"""The pipeline: from settings to a report."""

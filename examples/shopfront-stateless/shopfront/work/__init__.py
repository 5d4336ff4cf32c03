"""Work that runs outside the web service."""

"""What can be switched without a release."""

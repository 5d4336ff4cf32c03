"""Hold statelint against labels: published packages, downloaded by hash, read by eye beforehand."""

"""One file a rule; its name in kebab case is the id. Found by scanning, so there is no list to keep."""

"""MLflow: runs, registered models and the pyfunc flavour."""

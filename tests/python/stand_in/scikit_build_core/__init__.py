"""Stands in for scikit-build-core where there is none: see build.py."""

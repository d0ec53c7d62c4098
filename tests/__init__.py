"""A package, so that no other `tests` that some distribution has left in site-packages is taken for it."""

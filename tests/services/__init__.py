"""Foreign programs that tests run for real, fetched once into a cache."""

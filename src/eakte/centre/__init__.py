"""The scanning centre's side: a delivery on its disk, and the way to the service over HTTP. Knows no database."""

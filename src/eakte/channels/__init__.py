"""Sources that the service looks into by itself: watched folders and mailboxes, into the same intake as all else."""

"""Where sealed bytes lie: one small port, shaped by the filesystem and by S3 alike."""
